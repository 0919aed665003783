/* Headrace on a shop's pages: <script src=".../s.js" data-key="BROWSER_KEY" async></script>
   Who is signed in is told by data-user and data-signature, which the shop's server makes.
   Counts page views, shows the messages that wait for this visitor, and sends their forms. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script) return;
  var key = script.getAttribute("data-key");
  var base = script.getAttribute("data-url") || new URL(script.src, location.href).href.replace(/\/s\.js.*$/, "");
  var user = script.getAttribute("data-user") || "";
  var signature = script.getAttribute("data-signature") || "";
  var page = document.documentElement;

  // --- what is kept in the browser --------------------------------------------------------

  function kept(where, name) {
    try { return self[where].getItem(name); } catch (_) { return null; /* no storage */ }
  }
  // data-consent="wait": nothing is stored in the browser or told before headrace.consent(true).
  var silent = script.getAttribute("data-consent") === "wait";
  function keep(where, name, value) {
    if (silent) return;
    try { self[where].setItem(name, value); } catch (_) { /* no storage */ }
  }
  function fresh() {
    return crypto.randomUUID ? crypto.randomUUID()
      : "v" + Date.now().toString(36) + Math.random().toString(36).slice(2);
  }
  function visitor() {
    var id = script.getAttribute("data-visitor"); // a shop may name its visitors itself
    if (!id) try { id = kept("localStorage", "headrace_visitor") || JSON.parse(kept("localStorage", "ajs_anonymous_id")); } catch (_) { /* not ours */ }
    visitor.id = id || visitor.id || fresh();
    keep("localStorage", "headrace_visitor", visitor.id);
    return visitor.id;
  }

  // --- what is told -----------------------------------------------------------------------

  function post(path, call) {
    if (silent) return Promise.resolve();
    return fetch(base + path, { method: "POST", body: JSON.stringify(call), keepalive: true })
      .catch(function () { /* the shop works without us */ });
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
    return post("/v1/" + kind, call);
  }
  function track(event, properties) {
    if (event === "view_item" || event === "Product Viewed") stay.product = properties;
    return send("track", { event: event, properties: properties || {} });
  }
  function identify(userId, traits, signed) {
    if (userId && signed) { user = userId; signature = signed; }
    return send("identify", { userId: userId || undefined, traits: traits || {} });
  }
  function tell(act, found) {
    var told = { writeKey: key, anonymousId: visitor(), userId: user, signature: signature };
    told[act] = [found.id];
    return post("/v1/onsite", told);
  }

  // --- how long and how far a page is looked at ---------------------------------------------

  var stay = {}, visit = {};
  function arrive() {
    visit = {};
    try { visit = JSON.parse(kept("sessionStorage", "headrace_visit")) || {}; } catch (_) { /* not ours */ }
    visit.pages = (visit.pages || 0) + 1;
    visit.seconds = visit.seconds || 0;
    stay = { shown: {}, ms: 0, since: document.hidden ? 0 : Date.now(), depth: 0 };
    keep("sessionStorage", "headrace_visit", JSON.stringify(visit));
    scrolled();
  }
  function looked() { // milliseconds that the page was in front
    return stay.ms + (stay.since ? Date.now() - stay.since : 0);
  }
  function scrolled() {
    var part = 100 * (scrollY + innerHeight) / Math.max(1, page.scrollHeight);
    stay.depth = Math.max(stay.depth, Math.min(100, Math.round(part)));
  }
  function leave(site) {
    var seconds = Math.round(looked() / 1000);
    var told = { url: location.href, path: location.pathname, time_on_page: seconds, scroll_depth: stay.depth };
    var product = stay.product || {};
    ["item", "product_id", "sku"].forEach(function (id) { if (product[id]) told[id] = product[id]; });
    track("leave_page", told);
    visit.seconds += seconds;
    keep("sessionStorage", "headrace_visit", JSON.stringify(visit));
    if (site) track("leave_site", {
      url: told.url, path: told.path, time_on_page: seconds, scroll_depth: stay.depth,
      time_on_site: visit.seconds, pages: visit.pages
    });
  }

  // --- messages on the page -----------------------------------------------------------------

  var LOOK = ":host{all:initial}*{box-sizing:border-box}" +
    ".m{font:16px/1.5 system-ui,sans-serif;color:#222;background:#fff}" +
    ".banner{position:fixed;inset:auto 0 0;z-index:2147483000;padding:1rem 3.5rem 1rem 1rem;box-shadow:0 -2px 18px #0003}" +
    "dialog{border:0;border-radius:12px;padding:1.5rem;width:min(26rem,calc(100vw - 2rem));max-height:90vh;overflow:auto}" +
    "dialog::backdrop{background:#0008}" +
    ".x{position:absolute;top:.25rem;right:.25rem;width:2.75rem;height:2.75rem;border:0;border-radius:8px;background:none;color:inherit;font-size:1.6rem;line-height:1;cursor:pointer}" +
    ":focus-visible{outline:2px solid;outline-offset:2px}.x:focus-visible{outline-offset:-6px}" +
    ".dialog h2{margin-top:0;padding-right:2rem}img{max-width:100%;height:auto}label{display:block;margin:.5rem 0 .25rem}" +
    "input:not([type=checkbox],[type=radio]),select,textarea{display:block;width:100%;font:inherit;padding:.5rem;border:1px solid #767676;border-radius:6px}" +
    "[type=submit]{font:inherit;margin-top:1rem;padding:.6rem 1.1rem;border:0;border-radius:6px;background:#222;color:#fff;cursor:pointer}" +
    "[role=alert]{color:#b00020}";
  var WORDS = {
    en: ["Close", "Thank you!", "This did not work. Please try again.", "Code from the text message", "Confirm"],
    de: ["Schließen", "Danke!", "Das hat nicht geklappt. Bitte noch einmal versuchen.", "Code aus der SMS", "Bestätigen"],
    sr: ["Zatvori", "Hvala!", "Nije uspelo. Pokušajte ponovo.", "Kod iz SMS-a", "Potvrdi"]
  };
  function word(number) {
    var language = (page.lang || navigator.language || "en").slice(0, 2);
    return (WORDS[language] || WORDS.en)[number];
  }
  function element(name, attributes, text) {
    var made = document.createElement(name);
    for (var one in attributes) made.setAttribute(one, attributes[one]);
    if (text) made.textContent = text;
    return made;
  }

  var trusted;
  function read(html) { // our own template: what customers said is escaped in it
    if (self.trustedTypes && !trusted) try {
      trusted = trustedTypes.createPolicy("headrace", { createHTML: function (text) { return text; } });
    } catch (_) { /* the shop's policy does not name ours */ }
    return new DOMParser().parseFromString(trusted ? trusted.createHTML(html) : html, "text/html");
  }
  function sheet(css) {
    var made = new CSSStyleSheet();
    made.replaceSync(css);
    return made;
  }

  /* A message in a tree of its own: no style comes in or gets out. Its styles are set by script,
     so a shop whose Content-Security-Policy forbids inline styles shows it all the same. */
  function build(found, frame) {
    var host = element("div", { "data-headrace": found.surface, "data-headrace-message": found.message });
    var root = host.attachShadow({ mode: "open" });
    var sheets = [sheet(LOOK)];
    var told = read(found.html.replace(/<style[^>]*>([^]*?)<\/style>/gi, function (_, css) {
      sheets.push(sheet(css));
      return "";
    }).replace(/<[a-z][^>]*>/gi, function (tag) { return tag.replace(/\sstyle\s*=/i, " data-css="); }));
    root.adoptedStyleSheets = sheets;
    frame.append.apply(frame, Array.from(told.body.childNodes));
    root.append(frame);
    root.querySelectorAll("[data-css]").forEach(function (one) {
      one.style.cssText = one.getAttribute("data-css");
      one.removeAttribute("data-css");
    });
    root.addEventListener("click", function (event) {
      if (event.target.closest("a[href]")) tell("clicked", found);
      if (event.target.closest("[data-headrace-close]")) frame.dispatchEvent(new Event("away"));
    });
    root.addEventListener("submit", function (event) {
      event.preventDefault();
      tell("clicked", found);
      submit(event.target, found, frame);
    });
    return host;
  }

  function submit(form, found, frame) {
    var traits = {}, consent = {}, answers = { form: form.getAttribute("data-headrace-form") || found.message };
    var failed = form.querySelector("[role=alert]");
    if (failed) failed.remove();
    if (form.matches(".code")) return enter(form, found, frame);
    new FormData(form).forEach(function (value, name) {
      if (name === "consent") consent[value] = true;
      else if (/^(email|phone|first_name|last_name|birthday|gender)$/.test(name)) traits[name] = value;
      else answers[name] = value;
    });
    if (Object.keys(consent).length) traits.consent = consent;
    identify(null, traits).then(function (answer) {
      if (!answer || !answer.ok) throw answer;
      return answer.json();
    }).then(function (told) {
      track("form_submitted", answers);
      // A number is confirmed by the code that was sent to it, unless none was.
      if (consent.sms && !/consent\.sms/.test(told.ignored)) return ask_code(form);
      thank(frame);
    }).catch(function () {
      form.append(element("p", { role: "alert" }, word(2)));
    });
  }
  function ask_code(form) {
    var label = element("label", {}, word(3));
    var field = element("input", { name: "code", required: "", inputmode: "numeric", autocomplete: "one-time-code" });
    label.append(field);
    form.className = "code";
    var kept = Array.from(form.querySelectorAll("template"));
    form.replaceChildren.apply(form, kept.concat(label, element("button", { type: "submit" }, word(4))));
    field.focus();
  }
  function enter(form, found, frame) {
    post("/v1/code", {
      writeKey: key, anonymousId: visitor(), userId: user, signature: signature, code: form.elements.code.value
    }).then(function (answer) {
      return answer.json();
    }).then(function (told) {
      if (!told.success) throw told;
      thank(frame);
    }).catch(function () {
      form.append(element("p", { role: "alert" }, word(2)));
    });
  }
  function thank(frame) {
    var thanks = frame.querySelector("template[data-headrace-thanks]");
    var said = element("div", { role: "status", tabindex: "-1" });
    if (thanks) said.append(thanks.content.cloneNode(true));
    else said.append(element("p", {}, word(1)));
    Array.from(frame.children).forEach(function (one) { if (!one.matches(".x")) one.remove(); });
    frame.append(said);
    said.focus();
  }

  function show(found) {
    stay.shown[found.id] = true;
    var popup = found.surface === "popup";
    if (found.surface === "block") return place(found);
    var frame = element(popup ? "dialog" : "section", { "class": "m " + (popup ? "dialog" : "banner") });
    var close = element("button", { type: "button", "class": "x", "aria-label": word(0) }, "\u00d7");
    frame.append(close);
    var host = build(found, frame);
    var inner = frame.querySelector("[role=dialog],[role=region]");
    var named = inner || frame.querySelector("h1,h2,h3,[aria-label]");
    ["aria-labelledby", "aria-label"].forEach(function (name) {
      if (inner && inner.hasAttribute(name)) frame.setAttribute(name, inner.getAttribute(name));
      if (inner) inner.removeAttribute(name);
    });
    if (inner) inner.removeAttribute("role");
    if (!frame.hasAttribute("aria-labelledby") && !frame.hasAttribute("aria-label")) {
      frame.setAttribute("aria-label", named ? named.textContent.trim() : found.message);
    }
    function away() {
      if (!host.isConnected) return;
      tell("closed", found);
      keep("sessionStorage", "headrace_closed", (kept("sessionStorage", "headrace_closed") || "") + found.id + ";");
      if (popup) { show.open = false; frame.close(); }
      host.remove();
      look(); // another may have waited for its place
    }
    close.onclick = away;
    frame.addEventListener("away", away);
    document.body.append(host);
    if (popup) {
      show.open = true;
      frame.addEventListener("cancel", away); // Escape, wherever the focus is
      frame.addEventListener("click", function (event) {
        var box = frame.getBoundingClientRect();
        if (event.target === frame && event.detail && (event.clientX < box.left || event.clientX > box.right
          || event.clientY < box.top || event.clientY > box.bottom)) away();
      });
      frame.addEventListener("keydown", turn);
      frame.showModal(); // keeps the focus inside, and gives it back
      close.focus();
    } else {
      frame.addEventListener("keydown", function (event) { if (event.key === "Escape") away(); });
    }
    tell("shown", found);
  }
  function turn(event) { // from the last to the first, as nothing behind can be reached
    if (event.key !== "Tab") return;
    var stops = Array.from(event.currentTarget.querySelectorAll("a[href],button,input,select,textarea,[tabindex='0']"))
      .filter(function (one) { return !one.disabled && one.offsetParent; });
    var at = event.currentTarget.getRootNode().activeElement;
    var end = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (at !== end) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }
  function place(found) {
    var there = document.querySelector('[data-headrace-block="' + CSS.escape(found.message) + '"]')
      || document.querySelector('[data-headrace-block=""]');
    if (!there) return;
    var host = build(found, element("div", { "class": "m" }));
    there.replaceChildren(host);
    new IntersectionObserver(function (entries, watch) {
      if (!entries.some(function (one) { return one.isIntersecting; })) return;
      watch.disconnect();
      tell("shown", found);
    }).observe(host);
  }

  // --- when they appear ---------------------------------------------------------------------

  var waiting = [];
  function ask() {
    if (silent) return Promise.resolve();
    var url = base + "/v1/onsite?writeKey=" + encodeURIComponent(key) + "&anonymousId=" +
      encodeURIComponent(visitor()) + "&path=" + encodeURIComponent(location.pathname) +
      "&language=" + encodeURIComponent(document.documentElement.lang);
    if (user && signature) url += "&userId=" + encodeURIComponent(user) + "&signature=" + encodeURIComponent(signature);
    return fetch(url).then(function (answer) { return answer.ok ? answer.json() : { messages: [] }; })
      .then(function (told) {
        var closed = ";" + kept("sessionStorage", "headrace_closed"); // the server may hear of it after it was asked
        waiting = told.messages.filter(function (one) {
          return closed.indexOf(";" + one.id + ";") < 0 && !(stay.shown[one.id] && one.surface !== "block");
        }).sort(function (one, other) { return other.id - one.id; }); // the newest follows what was done last
        look();
      }).catch(function () { /* the shop works without us */ });
  }
  function is_due(found) {
    var after = found.after || {};
    if (found.surface === "popup" && show.open) return false; // one at a time
    if (found.surface === "banner" && document.querySelector("[data-headrace=banner]")) return false;
    return !found.onLeaving && looked() >= 1000 * (after.seconds || 0)
      && visit.pages >= (after.pages || 0) && stay.depth >= (after.scrolling || 0);
  }
  function look() { // shows what is due while the page is in front
    if (document.hidden) return;
    waiting = waiting.filter(function (found) {
      if (!is_due(found)) return true;
      show(found);
      return false;
    });
    clearTimeout(look.timer);
    var seconds = waiting.map(function (found) { return (found.after || {}).seconds || 0; }).filter(Boolean);
    if (seconds.length) look.timer = setTimeout(look, Math.max(50, 1000 * Math.min.apply(null, seconds) - looked()));
  }
  function going() { // about to leave: what is said follows what was looked at since
    var mine = waiting.filter(function (found) { return found.onLeaving; });
    if (!mine.length || show.open || going.on) return;
    going.on = true;
    ask().then(function () {
      going.on = false;
      var found = waiting.filter(function (one) { return one.onLeaving; })[0];
      if (!found) return;
      waiting.splice(waiting.indexOf(found), 1);
      show(found);
    });
  }
  page.addEventListener("mouseleave", function (event) { if (event.clientY <= 0) going(); });
  var top = 0, at = 0;
  addEventListener("scroll", function () {
    scrolled();
    // On a touch screen nobody's pointer leaves: a quick way back up is what comes before.
    var now = Date.now();
    if (scrollY > top || now - at > 700) { top = scrollY; at = now; }
    else if (top - scrollY > innerHeight / 2 && matchMedia("(hover: none)").matches) { top = scrollY; going(); }
    look();
  }, { passive: true });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) { stay.ms = looked(); stay.since = 0; return; }
    stay.since = Date.now();
    look();
    if (matchMedia("(hover: none)").matches) going(); // came back from elsewhere
  });

  // Going from page to page of the shop is not leaving it.
  var inside = false;
  function stays(url) { try { return new URL(url, location.href).origin === location.origin; } catch (_) { return false; } }
  document.addEventListener("click", function (event) {
    var target = event.composedPath()[0];
    var link = target.closest ? target.closest("a[href]") : null;
    if (link) inside = !link.hasAttribute("data-leaves") && stays(link.href);
  });
  document.addEventListener("submit", function (event) { inside = stays(event.target.action); });
  addEventListener("pageshow", function (event) { inside = false; if (event.persisted) arrive(); });
  addEventListener("pagehide", function () { leave(!inside); });

  // By which click in a mail this page was reached; nobody is to find or share it.
  var LINK = /[?&]headrace=([^&]*)/, click = (LINK.exec(location.search) || [])[1];
  if (click) history.replaceState(history.state, "", location.pathname + location.search.replace(LINK, "").replace(/^&/, "?") + location.hash);

  function view() { // a page; shops that change theirs without loading it call this themselves
    if (stay.ms !== undefined) leave(false);
    arrive();
    return send("page", { properties: {} }).then(ask);
  }
  function begin() {
    if (click) post("/v1/reached", { writeKey: key, anonymousId: visitor(), click: click });
    click = "";
    view();
  }
  function agree(given) {
    if (given && silent) { silent = false; stay = {}; begin(); }
    if (given) return;
    silent = true;
    visitor.id = "";
    try { localStorage.removeItem("headrace_visitor"); sessionStorage.removeItem("headrace_visit"); } catch (_) { /* no storage */ }
  }
  window.headrace = { track: track, identify: identify, page: view, ask: ask, visitor: visitor, consent: agree };
  if (!silent) begin();
})();
