"""Message content: files beside the flows, Liquid in MJML, HTML or plain text.

`Messages(folder).render(message, channel, context)` is the whole of it for callers.
"""

from engine.messages.errors import MessageError, RenderError
from engine.messages.library import Messages
from engine.messages.rendered import Links, Rendered

__all__ = ["Links", "MessageError", "Messages", "RenderError", "Rendered"]
