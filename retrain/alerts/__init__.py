"""Alert sender: the topic ``alerts`` → signed webhooks. https://www.standardwebhooks.com"""
