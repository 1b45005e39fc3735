"""One file, one provider: its record, its quirks, its Auth class.

Rule: a provider's file imports the core and no other provider.
"""
