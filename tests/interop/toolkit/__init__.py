"""A real authorization server, Django OAuth Toolkit, set up as XPKit, Xee, XMLdation.

Rule: every decision about a client, a code or a token is the engine's own. What is here
names the providers' paths, scopes and lifetimes, and words answers as the providers do.
"""
