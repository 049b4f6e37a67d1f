"""Stage reliability: Does each scale hang together?"""
