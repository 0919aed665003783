"""What Segment, Klaviyo, GA4 and shops call an event, and what it is called here.

Tracked events of those names are taken for ours when they come in; in a flow only ours are known.
"""

from __future__ import annotations

import re

_OTHERS = {
    "page_view": "Page Viewed, Viewed Page, Active on Site, Visited Site, Screen Viewed, screen_view, pageview",
    "view_item": "Product Viewed, Viewed Product, Viewed Item, Item Viewed, View Product, view_content",
    "select_item": "Product Clicked, Clicked Product",
    "view_item_list": (
        "Product List Viewed, Viewed Collection, Viewed Category, Category Viewed, "
        "Collection Viewed"
    ),
    "filter_item_list": "Product List Filtered, Filtered List, Filter Applied, Filters Applied",
    "search": (
        "Products Searched, Searched Site, Submitted Search, Search Submitted, "
        "view_search_results, Site Searched, searched"
    ),
    "add_to_cart": (
        "Product Added, Added to Cart, Added Product, Item Added, Cart Updated, Updated Cart, "
        "Wishlist Product Added to Cart, Product Added to Cart, cart_add, Abandoned Cart, "
        "Cart Abandoned, Cart Created"
    ),
    "remove_from_cart": "Product Removed, Removed from Cart, Item Removed, Product Removed from Cart",
    "view_cart": "Cart Viewed, Viewed Cart",
    "add_to_wishlist": (
        "Product Added to Wishlist, Added to Wishlist, Wishlist Added, Product Wished"
    ),
    "remove_from_wishlist": "Product Removed from Wishlist, Removed from Wishlist",
    "begin_checkout": (
        "Checkout Started, Started Checkout, Initiated Checkout, Checkout Initiated, "
        "initiate_checkout, Checkout Begun, Start Checkout, Checkout Created, Checkout Abandoned, "
        "Abandoned Checkout"
    ),
    "checkout_step": "Checkout Step Viewed, Checkout Step Completed",
    "add_shipping_info": "Shipping Info Entered, Entered Shipping Info",
    "add_payment_info": "Payment Info Entered, Entered Payment Info, Payment Info Added",
    "purchase": (
        "Order Completed, Placed Order, Order Placed, Ordered Product, Order Created, New Order, "
        "Order Paid, Paid Order, Product Purchased, Purchased, Purchase Completed, "
        "Completed Order, Completed Purchase, Made Purchase, Checkout Completed, Order Confirmed, "
        "Bought, ordered, ecommerce_purchase, orders_create"
    ),
    "refund": "Order Refunded, Refunded Order, Refunded",
    "order_cancelled": "Cancelled Order, Canceled Order, Order Canceled, Order Cancelled",
    "order_updated": "Order Updated, Updated Order",
    "view_promotion": "Promotion Viewed, Viewed Promotion",
    "select_promotion": "Promotion Clicked, Clicked Promotion",
    "redeem_coupon": "Coupon Redeemed, Coupon Applied, Used Coupon, Coupon Used, Redeemed Coupon",
    "share": "Product Shared, Cart Shared, Shared Product",
    "sign_up": (
        "Signed Up, Account Created, Created Account, Customer Created, User Registered, "
        "Registered, Registration, Sign Up Completed"
    ),
    "login": "Signed In, Logged In, Log In, Sign In",
    "form_submitted": "Form Submitted, Submitted Form, Form Completed, Filled Out Form, generate_lead",
    "subscribe": (
        "Subscribed, Subscribed to List, Subscribed to Email, Email Subscribed, Newsletter Signup, "
        "Subscribed to Email Marketing, Joined List, Opted In"
    ),
    "confirm_subscription": "Confirmed Subscription, Subscription Confirmed",
    "unsubscribe": (
        "Unsubscribed, Unsubscribed from List, Unsubscribed from Email, Email Unsubscribed, "
        "Unsubscribed from Email Marketing, Opted Out"
    ),
    "sent_email": "Email Delivered, Received Email, Email Sent, Email Received, Sent Email, Delivered Email",
    "open_email": "Email Opened, Opened Email",
    "click_email": "Email Link Clicked, Clicked Email, Email Clicked",
    "bounce_email": "Email Bounced, Bounced Email",
    "complain_email": "Email Marked as Spam, Marked Email as Spam",
    "sent_sms": "Received SMS, SMS Sent, SMS Delivered, Sent SMS",
    "click_sms": "Clicked SMS, SMS Clicked",
    "sent_push": "Push Notification Received, Received Push",
    "click_push": "Push Notification Tapped, Opened Push, Push Opened, Clicked Push",
    "bounce_push": "Push Notification Bounced",
    "leave_site": "Exit Intent, Left Site",
}


def _spelled(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip().lower())


OUR_EVENTS = {
    name: ours
    for ours, others in _OTHERS.items()
    for name in map(_spelled, others.split(","))
    if name != ours
}
"""Our event by another's name in small letters with `_`: `order_completed` -> `purchase`."""
