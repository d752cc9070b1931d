"""Many chats of few customers at once, through two API processes on one Cluster: is any update lost?"""
