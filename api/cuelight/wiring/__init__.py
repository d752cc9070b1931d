"""What `app` and the commands put together, part by part; nothing but them imports from here."""
