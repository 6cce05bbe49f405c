"""Who is compared, a file each: what it does, and how its process is started."""
