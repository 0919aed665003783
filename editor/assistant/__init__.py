"""What a language model is given to work with: the tools of `headrace mcp`, and what a person does
with its proposals. Nothing here publishes, sends, or tells who anybody is.
"""
