"""The alert sender: the topic ``alerts`` → signed webhooks. https://www.standardwebhooks.com"""
