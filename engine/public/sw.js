/* The service worker of a shop's pushes: it shows what comes and opens what is pressed. */
(function () {
  "use strict";
  var own = new URL(self.location.href).searchParams;
  function address(told) {
    try {
      var url = new URL(told, self.registration.scope);
      return /^https?:$/.test(url.protocol) ? url.href : self.registration.scope;
    } catch (_) { return self.registration.scope; }
  }
  self.addEventListener("install", function () { self.skipWaiting(); });
  self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });
  self.addEventListener("push", function (event) {
    var told = {};
    try { told = event.data ? event.data.json() : {}; } catch (_) { /* not ours */ }
    if (!told || typeof told.title !== "string") return;
    event.waitUntil(self.registration.showNotification(told.title, {
      body: String(told.body || ""), tag: String(told.tag || ""), data: { link: String(told.link || "") }
    }));
  });
  self.addEventListener("notificationclick", function (event) {
    event.notification.close();
    var link = (event.notification.data || {}).link;
    event.waitUntil(self.clients.openWindow(link ? address(link) : self.registration.scope));
  });
  self.addEventListener("pushsubscriptionchange", function (event) {
    var before = event.oldSubscription, base = own.get("base");
    if (!base || !before) return;
    event.waitUntil(Promise.resolve(
      event.newSubscription || self.registration.pushManager.subscribe(before.options)
    ).then(function (after) {
      return fetch(base + "/v1/push", { method: "POST", body: JSON.stringify({
        writeKey: own.get("key"), permission: "granted", subscription: after.toJSON(), was: before.endpoint
      }) });
    }));
  });
})();
