"""The words that every project may use without declaring them.

Events and properties carry GA4's names where GA4 has one; `SEGMENT` says what Segment's
e-commerce and e-mail specs (and GA4, where it differs) call the same thing. Types are those of
declarations: text, number, money, boolean, date, time, list.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dsl.tree import PropertyType

Words = Mapping[str, PropertyType]

COMMON: Words = MappingProxyType(
    {
        "item": "text",
        "items": "list",
        "value": "money",
        "currency": "text",
        "url": "text",
        "path": "text",
        "referrer": "text",
        "title": "text",
    }
)
"""What any event may carry."""

_ITEM: dict[str, PropertyType] = {
    "name": "text",
    "price": "money",
    "category": "text",
    "brand": "text",
    "variant": "text",
    "list_id": "text",
    "quantity": "number",
    "position": "number",
    "coupon": "text",
}
_CART: dict[str, PropertyType] = {**_ITEM, "cart_id": "text", "cart_url": "text"}
_CHECKOUT: dict[str, PropertyType] = {
    "checkout_id": "text",
    "step": "number",
    "checkout_url": "text",
    "coupon": "text",
    "shipping_method": "text",
    "payment_method": "text",
    "shipping_tier": "text",
    "payment_type": "text",
}
_ORDER: dict[str, PropertyType] = {
    "order_id": "text",
    "tax": "money",
    "shipping": "money",
    "discount": "money",
    "coupon": "text",
    "affiliation": "text",
    "shipping_country": "text",
    "payment_method": "text",
    "shipping_method": "text",
}
_LIST: dict[str, PropertyType] = {"list_id": "text", "category": "text"}
_PROMOTION: dict[str, PropertyType] = {"promotion": "text", "name": "text", "position": "text"}
_STAY: dict[str, PropertyType] = {"time_on_page": "number", "scroll_depth": "number"}
_SUBSCRIPTION: dict[str, PropertyType] = {"channel": "text", "topic": "text"}
_MESSAGE: dict[str, PropertyType] = {
    "message": "text",
    "flow": "text",
    "subject": "text",
    "channel": "text",
}
_FAILED: dict[str, PropertyType] = {**_MESSAGE, "reason": "text", "type": "text"}

_SHOP_EVENTS: dict[str, dict[str, PropertyType]] = {
    "page_view": {},
    "leave_page": {**_ITEM, **_STAY},
    "leave_site": {**_STAY, "time_on_site": "number", "pages": "number"},
    "notify_me": dict(_ITEM),
    "view_item": dict(_ITEM),
    "select_item": dict(_ITEM),
    "view_item_list": _LIST,
    "filter_item_list": {**_LIST, "filters": "list"},
    "search": {"search_term": "text"},
    "add_to_cart": _CART,
    "remove_from_cart": _CART,
    "view_cart": {"cart_id": "text", "cart_url": "text", "quantity": "number"},
    "add_to_wishlist": dict(_ITEM),
    "remove_from_wishlist": dict(_ITEM),
    "begin_checkout": _CHECKOUT,
    "checkout_step": _CHECKOUT,
    "add_shipping_info": _CHECKOUT,
    "add_payment_info": _CHECKOUT,
    "purchase": _ORDER,
    "refund": _ORDER,
    "order_cancelled": {**_ORDER, "reason": "text"},
    "order_updated": {**_ORDER, "status": "text"},
    "view_promotion": _PROMOTION,
    "select_promotion": _PROMOTION,
    "sign_up": {"form": "text", "method": "text"},
    "login": {"form": "text", "method": "text"},
    "form_submitted": {"form": "text"},
    "share": {**_ITEM, "method": "text"},
    "subscribe": _SUBSCRIPTION,
    "unsubscribe": _SUBSCRIPTION,
    "confirm_subscription": _SUBSCRIPTION,
    "redeem_coupon": {"coupon": "text", "code": "text", "order_id": "text"},
}

_OF_CHANNELS = {
    "sent": ("email", "sms", "push", "whatsapp"),
    "open": ("email", "push", "whatsapp"),
    "click": ("email", "sms", "push", "whatsapp", "onsite"),
    "view": ("onsite",),
    "close": ("onsite",),
    "bounce": ("email", "sms", "push", "whatsapp"),
    "complain": ("email", "sms", "whatsapp"),
}
"""What can become of a message, by channel: nobody can see that a text message was opened.
What is shown on the site (`onsite`) is viewed, clicked or closed."""

MESSAGE_EVENTS = frozenset(
    f"{act}_{channel}" for act, channels in _OF_CHANNELS.items() for channel in channels
)

WITHOUT_PRODUCT = MESSAGE_EVENTS | frozenset(
    (
        "page_view", "leave_site", "search", "view_promotion", "select_promotion", "sign_up",
        "login", "form_submitted", "subscribe", "unsubscribe", "confirm_subscription",
        "redeem_coupon",
    )
)  # fmt: skip
"""Events that are about no product: a run that they start has none."""

EVENTS: Mapping[str, Words] = MappingProxyType(
    {
        **{name: MappingProxyType({**COMMON, **own}) for name, own in _SHOP_EVENTS.items()},
        **{
            name: MappingProxyType(
                {
                    **COMMON,
                    **(_FAILED if name.startswith(("bounce", "complain")) else _MESSAGE),
                }
            )
            for name in sorted(MESSAGE_EVENTS)
        },
    }
)

CUSTOMER: Words = MappingProxyType(
    {
        "id": "text",
        "email": "text",
        "phone": "text",
        "push": "text",
        "first_name": "text",
        "last_name": "text",
        "gender": "text",
        "birthday": "date",
        "language": "text",
        "country": "text",
        "region": "text",
        "city": "text",
        "postal_code": "text",
        "timezone": "text",
        "created_at": "date",
        "tags": "list",
        "orders": "number",
        "total_spent": "money",
        "last_order_at": "date",
        "first_order_at": "date",
        "consent": "list",
    }
)

COMPUTED = frozenset(
    ("id", "tags", "orders", "total_spent", "last_order_at", "first_order_at", "consent")
)
"""Customer properties that no flow may set: they follow from what happened."""

PRODUCT: Words = MappingProxyType(
    {
        "id": "text",
        "name": "text",
        "price": "money",
        "old_price": "money",
        "currency": "text",
        "stock": "number",
        "category": "text",
        "brand": "text",
        "tags": "list",
        "url": "text",
        "image_url": "text",
        "created_at": "date",
        "rating": "number",
        "parent": "text",
    }
)

ITEM: Words = MappingProxyType(
    {
        "id": "text",
        "name": "text",
        "price": "money",
        "quantity": "number",
        "category": "text",
        "brand": "text",
        "variant": "text",
        "url": "text",
        "image_url": "text",
    }
)
"""An item of a cart or an order; what it lacks is looked up in the catalogue."""

CART: Words = MappingProxyType(
    {"value": "money", "items": "list", "count": "number", "url": "text", "updated_at": "date"}
)

PRODUCT_ENTRY: Words = MappingProxyType(
    {"item": "text", "price": "money", "old_price": "money", "stock": "number"}
)
"""What `entry` holds after a product trigger."""

CHANNELS = ("email", "sms", "push", "whatsapp")

SEGMENT: Mapping[str, str] = MappingProxyType(
    {
        "Page Viewed": "page_view",
        "Product Viewed": "view_item",
        "Product Clicked": "select_item",
        "Product List Viewed": "view_item_list",
        "Product List Filtered": "filter_item_list",
        "Products Searched": "search",
        "Product Added": "add_to_cart",
        "Product Removed": "remove_from_cart",
        "Cart Viewed": "view_cart",
        "Product Added to Wishlist": "add_to_wishlist",
        "Product Removed from Wishlist": "remove_from_wishlist",
        "Wishlist Product Added to Cart": "add_to_cart",
        "Checkout Started": "begin_checkout",
        "Checkout Step Viewed": "checkout_step",
        "Checkout Step Completed": "checkout_step",
        "Shipping Info Entered": "add_shipping_info",
        "Payment Info Entered": "add_payment_info",
        "Order Completed": "purchase",
        "Order Refunded": "refund",
        "Order Cancelled": "order_cancelled",
        "Order Canceled": "order_cancelled",
        "Order Updated": "order_updated",
        "Promotion Viewed": "view_promotion",
        "Promotion Clicked": "select_promotion",
        "Product Shared": "share",
        "Signed Up": "sign_up",
        "Account Created": "sign_up",
        "Signed In": "login",
        "Logged In": "login",
        "Form Submitted": "form_submitted",
        "Email Delivered": "sent_email",
        "Email Opened": "open_email",
        "Email Link Clicked": "click_email",
        "Email Bounced": "bounce_email",
        "Email Marked as Spam": "complain_email",
        "Unsubscribed": "unsubscribe",
        "Push Notification Received": "sent_push",
        "Push Notification Tapped": "click_push",
        "Push Notification Bounced": "bounce_push",
        # GA4, where it has a second name for the same thing
        "view_search_results": "search",
        "screen_view": "page_view",
    }
)
