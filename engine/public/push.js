/* Pushes on a shop's pages: <script src=".../push.js" data-key="BROWSER_KEY" async></script>
   data-worker names the service worker on the shop's own host (see docs/channels.md).
   A browser asks its person only after they pressed a button with data-headrace-push. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script) return;
  var key = script.getAttribute("data-key");
  var base = script.getAttribute("data-url") || new URL(script.src, location.href).href.replace(/\/push\.js.*$/, "");
  var place = script.getAttribute("data-worker") || "/headrace-sw.js";
  var user = script.getAttribute("data-user") || "";
  var signature = script.getAttribute("data-signature") || "";
  var store = "headrace_push";

  function kept(value) {
    try {
      if (value === undefined) return localStorage.getItem(store) || "";
      if (value) localStorage.setItem(store, value); else localStorage.removeItem(store);
    } catch (_) { /* no storage */ }
    return value || "";
  }
  function visitor() {
    if (window.headrace && window.headrace.visitor) return window.headrace.visitor();
    try { return localStorage.getItem("headrace_visitor") || ""; } catch (_) { return ""; }
  }
  function supported() {
    return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  }
  function post(told) {
    told.writeKey = key;
    told.anonymousId = visitor();
    if (user && signature) { told.userId = user; told.signature = signature; }
    return fetch(base + "/v1/push", { method: "POST", body: JSON.stringify(told), keepalive: true });
  }
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }
  function worker() {
    var address = new URL(place, location.href);
    address.searchParams.set("base", base);
    address.searchParams.set("key", key);
    return navigator.serviceWorker.register(address.href).then(function () { return navigator.serviceWorker.ready; });
  }
  function keep(subscription, prompt) {
    var told = subscription.toJSON();
    var mark = told.endpoint + " " + (signature ? user : "");
    if (kept() === mark) return true;
    return post({
      permission: "granted", subscription: told, was: kept().split(" ")[0],
      page: location.origin + location.pathname, prompt: prompt || ""
    }).then(function (answer) {
      if (!answer.ok) return false;
      kept(mark);
      return true;
    });
  }
  function made(prompt) {
    return Promise.all([worker(), fetch(base + "/v1/push?writeKey=" + encodeURIComponent(key))]).then(function (both) {
      if (!both[1].ok) return false; // the shop sends none
      return both[1].json().then(function (told) {
        var manager = both[0].pushManager, wanted = bytes(told.publicKey);
        return manager.getSubscription().then(function (found) {
          var same = found && String(new Uint8Array(found.options.applicationServerKey || [])) === String(wanted);
          if (same) return found;
          return (found ? found.unsubscribe() : Promise.resolve()).then(function () {
            return manager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
          });
        });
      }).then(function (subscription) { return keep(subscription, prompt); });
    });
  }
  /* Asks the person; true when this browser takes pushes from now on. */
  function subscribe(prompt) {
    if (!supported()) return Promise.resolve(false);
    return Notification.requestPermission().then(function (permission) {
      return permission === "granted" ? made(prompt) : false;
    }).catch(function () { return false; });
  }
  function state() { return supported() ? Notification.permission : "unsupported"; }

  document.addEventListener("click", function (event) {
    // What stands in a shadow root tells its own way.
    var way = event.composedPath ? event.composedPath() : [event.target];
    var button = way.find(function (one) { return one.hasAttribute && one.hasAttribute("data-headrace-push"); });
    if (!button) return;
    event.preventDefault();
    var host = way.find(function (one) { return one.hasAttribute && one.hasAttribute("data-headrace"); });
    subscribe(button.getAttribute("data-headrace-push")).then(function (done) {
      if (host && host.getAttribute("data-headrace") !== "block") host.remove();
      document.dispatchEvent(new CustomEvent("headrace:push", { detail: { subscribed: done } }));
    });
  });

  window.headrace = window.headrace || {};
  window.headrace.push = { subscribe: subscribe, state: state };
  if (!supported()) return;
  if (Notification.permission === "granted") made("").catch(function () { /* the shop works without us */ });
  else if (kept()) {
    // The permission was taken back.
    post({ permission: "denied", was: kept().split(" ")[0] }).then(function (answer) { if (answer.ok) kept(""); })
      .catch(function () { /* told the next time */ });
  }
})();
