/* Headrace on a shop's pages: <script src=".../s.js" data-key="BROWSER_KEY" async></script>
   Who is signed in is told by data-user and data-signature, which the shop's server makes.
   Counts page views, shows the messages that wait for this visitor, and sends their forms. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script) return;
  var key = script.getAttribute("data-key");
  var base = script.getAttribute("data-url") || new URL(script.src, location.href).href.replace(/\/s\.js.*$/, "");
  var store = "headrace_visitor";
  var user = script.getAttribute("data-user") || "";
  var signature = script.getAttribute("data-signature") || "";

  function fresh() {
    return crypto.randomUUID ? crypto.randomUUID()
      : "v" + Date.now().toString(36) + Math.random().toString(36).slice(2);
  }
  function visitor() {
    var id = script.getAttribute("data-visitor"); // a shop may name its visitors itself
    if (!id) try { id = localStorage.getItem(store) || JSON.parse(localStorage.getItem("ajs_anonymous_id")); } catch (_) { /* no storage */ }
    id = id || visitor.id || fresh();
    visitor.id = id;
    try { localStorage.setItem(store, id); } catch (_) { /* no storage */ }
    return id;
  }
  function send(kind, call) {
    call.anonymousId = visitor();
    call.messageId = fresh();
    call.writeKey = key;
    call.timestamp = call.sentAt = new Date().toISOString();
    call.context = {
      page: { url: location.href, path: location.pathname, title: document.title, referrer: document.referrer },
      locale: navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone
    };
    if (user && signature) call.userId = call.userId || user;
    if (call.userId && call.userId === user) call.context.signature = signature;
    return fetch(base + "/v1/" + kind, { method: "POST", body: JSON.stringify(call), keepalive: true })
      .catch(function () { /* the shop works without us */ });
  }
  function track(event, properties) { return send("track", { event: event, properties: properties || {} }); }
  function identify(userId, traits, signed) {
    if (userId && signed) { user = userId; signature = signed; }
    return send("identify", { userId: userId || undefined, traits: traits || {} });
  }

  function submit(form, message, done) {
    var traits = {}, consent = {}, answers = { form: form.getAttribute("data-headrace-form") || message };
    new FormData(form).forEach(function (value, name) {
      if (name === "consent") consent[value] = true;
      else if (/^(email|phone|first_name|last_name|birthday|gender)$/.test(name)) traits[name] = value;
      else answers[name] = value;
    });
    if (Object.keys(consent).length) traits.consent = consent;
    identify(null, traits).then(function () { return track("form_submitted", answers); }).then(done);
  }

  function seen(found) {
    var told = { writeKey: key, anonymousId: visitor(), userId: user, signature: signature, shown: [found.id] };
    fetch(base + "/v1/onsite", { method: "POST", body: JSON.stringify(told), keepalive: true })
      .catch(function () { /* the shop works without us */ });
  }

  function show(found) {
    var host = document.createElement("div");
    host.setAttribute("data-headrace", found.surface);
    host.innerHTML = found.html; // our own template: what customers said is escaped in it
    var place = found.surface === "block" && document.querySelector('[data-headrace-block="' + CSS.escape(found.message) + '"],[data-headrace-block=""]');
    if (found.surface === "block" && !place) return;
    seen(found);
    if (place) { place.replaceChildren(host); }
    else {
      host.style.cssText = found.surface === "banner"
        ? "position:fixed;left:0;right:0;bottom:0;z-index:2147483000;background:#fff;color:#222;box-shadow:0 -2px 18px #0003;padding:1rem 3rem 1rem 1rem"
        : "position:fixed;inset:0;z-index:2147483000;display:grid;place-items:center;background:#0008;padding:1rem";
      if (found.surface === "popup" && host.firstElementChild) {
        host.firstElementChild.style.cssText += ";background:#fff;color:#222;padding:1.5rem;border-radius:12px;max-width:26rem;position:relative;max-height:90vh;overflow:auto";
      }
      var close = document.createElement("button");
      close.type = "button";
      close.textContent = "\u00d7";
      close.setAttribute("aria-label", "Close");
      close.style.cssText = "position:absolute;top:.5rem;right:.75rem;border:0;background:none;font-size:1.6rem;line-height:1;cursor:pointer;color:inherit";
      close.onclick = function () { host.remove(); };
      (found.surface === "popup" ? host.firstElementChild || host : host).appendChild(close);
      host.addEventListener("keydown", function (event) { if (event.key === "Escape") host.remove(); });
      document.body.appendChild(host);
      if (found.surface === "popup") close.focus();
    }
    host.addEventListener("submit", function (event) {
      event.preventDefault();
      submit(event.target, found.message, function () { if (!place) host.remove(); else host.remove(); });
    });
  }

  function ask() {
    var url = base + "/v1/onsite?writeKey=" + encodeURIComponent(key) + "&anonymousId=" +
      encodeURIComponent(visitor()) + "&path=" + encodeURIComponent(location.pathname);
    if (user && signature) url += "&userId=" + encodeURIComponent(user) + "&signature=" + encodeURIComponent(signature);
    return fetch(url).then(function (answer) { return answer.ok ? answer.json() : { messages: [] }; })
      .then(function (told) {
        told.messages.forEach(function (found) {
          if (!found.onLeaving) return show(found);
          document.documentElement.addEventListener("mouseleave", function () { show(found); }, { once: true });
        });
      }).catch(function () { /* the shop works without us */ });
  }

  window.headrace = { track: track, identify: identify, ask: ask, visitor: visitor };
  // Going from page to page of the shop is not leaving it.
  var inside = false;
  function stays(url) { try { return new URL(url, location.href).origin === location.origin; } catch (_) { return false; } }
  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest("a[href]") : null;
    if (link) inside = !link.hasAttribute("data-leaves") && stays(link.href);
  });
  document.addEventListener("submit", function (event) { inside = stays(event.target.action); });
  addEventListener("pageshow", function () { inside = false; });
  addEventListener("pagehide", function () { if (!inside) track("leave_site", { url: location.href, path: location.pathname }); });
  // By which click in a mail this page was reached; nobody is to find or share it.
  function arrived() {
    var link = new URL(location.href), click = link.searchParams.get("headrace");
    if (!click) return;
    link.search = link.search.replace(/([?&])headrace=[^&]*(&|$)/, function (_, before, after) { return after && before; });
    history.replaceState(history.state, "", link);
    fetch(base + "/v1/arrived", { method: "POST", body: JSON.stringify({ writeKey: key, anonymousId: visitor(), click: click }), keepalive: true })
      .catch(function () { /* the shop works without us */ });
  }
  arrived();
  send("page", { properties: {} }).then(ask);
})();
