// Brings what is typed and done to the server, one request at a time, and what comes back into the text.
//
// `base` is what the server has. `flying` are the changes that a request has on its way, `pending` those
// behind it: base -> flying -> pending is what the text pane shows. An answer's own changes are mapped over
// what is pending, and the other way round, so that typing never waits.
import { EditorView, StateEffect, Transaction, isolateHistory } from "../built/parts.js";
import { _ } from "../words.js";
import { keep } from "./kept.js";
import { changesOf, difference, editsOf, none, over, sizeOf, textOf } from "./rebase.js";
import { HISTORY, fromServer } from "./text.js";
import { AwayError, ForbiddenError, RefusedError, SignedOutError, get, post, signedIn } from "./wire.js";

const TYPING = 80; // ms after a key until it is sent, so that a burst is one request
const CHECKS = 150; // ms after the last answer until the whole project is checked
const WAITS = [500, 1000, 2000, 4000]; // ms between tries
const STALE = 6; // takes of another tab's text for one request

export function start(page) {
  const { element, view } = page;
  let base = page.before?.base ?? textOf(page.data.text);
  let flying = page.before?.flying ?? null;
  let pending = page.before?.pending ?? none(base);
  let lost = flying !== null; // whether the server may have done what is flying
  let working = false;
  let refused = false; // whether what is pending was refused as it stands
  let fresh = false; // whether the token is the newest there is
  let timer = 0;
  let wake = () => {};
  let keeping = 0;
  const jobs = [];
  const api = (rest = "") => `/api/flows/${encodeURIComponent(page.flow)}${rest}`;
  if (page.before !== null) page.state = page.before.state;

  const sent = () => (flying === null ? base : flying.apply(base));
  const isSettled = () =>
    !working && flying === null && pending.empty && jobs.length === 0 && page.state !== null;

  function show() {
    element.dataset.settled = String(isSettled());
  }

  // ---- what the server says

  function tell(changes, own) {
    if (changes.empty) return;
    view.dispatch({
      changes,
      annotations: [
        fromServer.of(true),
        isolateHistory.of("full"),
        Transaction.addToHistory.of(own),
        Transaction.remote.of(!own),
      ],
    });
  }

  // Takes the whole text of the server, and lays what is still unknown there over it. Says whether what was
  // flying had arrived already: an answer may be lost on its way back.
  function takeText(text) {
    const there = textOf(text);
    let arrived = false;
    if (lost && flying !== null) {
      arrived = sizeOf(difference(sent(), there)) < sizeOf(difference(base, there));
    }
    const known = arrived ? sent() : base;
    const mine = flying === null || arrived ? pending : flying.compose(pending);
    const mapped = over(difference(known, there), mine);
    [base, flying, pending, lost] = [there, null, mapped.mine, false];
    tell(mapped.theirs, false);
    return arrived;
  }

  // Takes what the server did to the text that it was sent.
  function takeEdits(edits) {
    const known = sent();
    const done = changesOf(known, edits);
    const mapped = over(done, pending);
    [base, flying, pending, lost] = [done.apply(known), null, mapped.mine, false];
    tell(mapped.theirs, true);
  }

  // Whether somebody has chosen another step than an act was about, while it was on its way.
  function goneOn(act) {
    const about = act?.steps ?? (act?.step ? [act.step] : page.selected);
    return page.selected.length > 0 && !about.some((id) => page.selected.includes(id));
  }

  function take(answer, act) {
    page.state = answer.state;
    if (answer.drawing) page.steps = answer.drawing.steps;
    page.readOnly = Boolean(answer.read_only) || page.data.may_edit === false;
    if (answer.flow && answer.flow !== page.flow) {
      page.flow = element.dataset.flow = answer.flow;
      const path = `/flows/${encodeURIComponent(page.flow)}${location.search}`;
      window.history.replaceState(window.history.state, "", path);
    }
    element.dataset.document = answer.state;
    element.dataset.documentState = answer.document_state;
    for (const button of element.querySelectorAll("button[data-do=save]"))
      button.setAttribute("aria-disabled", String(answer.document_state === "saved"));
    page.answered = base;
    page.emit("answer", answer);
    const renamed = answer.renamed ?? {};
    const chosen = page.selected.map((id) => renamed[id] ?? id);
    if (answer.select && !goneOn(act)) page.select([answer.select], { from: "answer" });
    else if (chosen.some((id, n) => id !== page.selected[n])) page.select(chosen, { from: "renamed" });
    for (const job of jobs) rename(job.do, renamed);
    if (answer.problems && answer.checked) showProblems(answer);
  }

  // What waits for its turn means the same steps by their new names.
  function rename(act, renamed) {
    const follow = (id) => renamed[id] ?? id;
    if (act?.step) act.step = follow(act.step);
    if (act?.steps) act.steps = act.steps.map(follow);
    if (act?.at) act.at = act.at.replace(/^(after|into):([^:]+)/, (_all, at, id) => `${at}:${follow(id)}`);
  }

  // ---- requests

  // Sends what is pending and one thing to do; says whether that is done with.
  async function edit(job) {
    // What may have arrived goes again as it went; what came later is not mixed into it.
    if (flying !== null && job !== undefined && !job.lost) return (await edit(), false);
    if (flying === null) [flying, pending] = [pending, none(pending.apply(base))];
    const body = { state: page.state, edits: editsOf(base, flying), check: "later" };
    if (job !== undefined) body.do = job.do;
    const [perhaps, again] = [lost, job?.lost];
    lost = true;
    if (job !== undefined) job.lost = true;
    const answer = await post(api("/edit"), body);
    if (job !== undefined) job.lost = false;
    if (answer.outcome === "stale") return stale(answer, job, perhaps, again);
    if (answer.outcome === "refused" && answer.state === page.state && !flying.empty) {
      // Nothing of it was taken. Text that was refused alone stays, and is sent with the next change.
      [pending, flying, lost] = [flying.compose(pending), null, false];
      refused = job === undefined;
    } else takeEdits(answer.edits ?? []);
    take(answer, job?.do);
    if (answer.reason) page.say(answer.reason);
    job?.resolve(answer);
    return true;
  }

  function stale(answer, job, perhaps, again) {
    const there = textOf(answer.text);
    const done = again && !there.eq(base) && !there.eq(sent());
    lost = perhaps;
    takeText(answer.text);
    take(answer);
    if (job === undefined) return true;
    job.stale = (job.stale ?? 0) + 1;
    if (done) job.resolve({ ...answer, outcome: "done" });
    else if (job.stale < STALE) return false;
    else {
      page.say(_("This flow is being changed elsewhere; nothing was done. Try again."));
      job.resolve(answer);
    }
    return true;
  }

  // Asks for something of the draft as a whole (saving it), of which the server then has everything. `more`
  // says what, when its turn has come; null where the draft is no longer one that it is meant for.
  async function whole(job) {
    if (!pending.empty || flying !== null) {
      await edit();
      if (refused) job.resolve({ outcome: "refused", reason: "" });
      return refused;
    }
    const more = job.more();
    if (more === null) return (job.resolve({ outcome: "stale" }), true);
    const answer = await post(api(job.path), { state: page.state, ...more });
    if (typeof answer.text === "string") takeText(answer.text);
    else takeEdits(answer.edits ?? []);
    take(answer);
    if (answer.outcome === "stale" && (job.stale = (job.stale ?? 0) + 1) < STALE) return false;
    const saved = job.path === "/save" && answer.outcome === "done";
    page.say(answer.reason || (saved ? _("Saved.") : ""));
    job.resolve(answer);
    return true;
  }

  // Asks what the server has, where nothing is on its way.
  async function look(job) {
    const answer = await get(api(`/draft?state=${page.state}`));
    if (typeof answer.text === "string") takeText(answer.text);
    take(answer);
    job.resolve(answer);
    return true;
  }

  const WORK = { edit, whole, look };

  const once = (job) => (job === undefined ? edit() : WORK[job.kind](job));

  // What stands between here and the server is waited for; nothing is given up.
  async function survive(error, tries) {
    const pause = (ms) =>
      new Promise((resolve) => {
        const end = setTimeout(resolve, ms);
        wake = () => (clearTimeout(end), resolve());
      });
    const wait = WAITS[Math.min(tries, WAITS.length - 1)];
    if (error instanceof AwayError) {
      page.say(_("The server is away. What you type stays here and is sent when it is back."));
      element.dataset.away = "server";
      await pause(wait);
      return true;
    }
    if (error instanceof SignedOutError || error instanceof ForbiddenError) {
      lost = false; // it was not even looked at
      if (jobs.length > 0) jobs[0].lost = false;
      const here = await signedIn().catch(() => false);
      if (here && !fresh) return (fresh = true);
      if (here) return (page.say(error.message || _("You may look at this flow, but not change it.")), false);
      fresh = false;
      page.say(_("You are signed out. What you type stays here; sign in in another tab and it is sent."));
      element.dataset.away = "session";
      await pause(wait);
      return true;
    }
    if (error instanceof RefusedError) {
      lost = false;
      page.say(_("The server did not take this: {reason}", { reason: error.message }));
      return false;
    }
    throw error;
  }

  async function work() {
    clearTimeout(timer);
    if (working) return;
    working = true;
    let tries = 0;
    try {
      while (jobs.length > 0 || flying !== null || (!pending.empty && !refused)) {
        if (flying === null && jobs.length === 0 && pending.apply(base).eq(base)) {
          pending = none(base);
          break;
        }
        show();
        try {
          const job = jobs[0];
          if ((await once(job)) && jobs[0] === job) jobs.shift();
          tries = 0;
          fresh = false;
          if (element.dataset.away) {
            delete element.dataset.away;
            page.say("");
          }
        } catch (error) {
          remember();
          if (await survive(error, tries)) tries += 1;
          else {
            if (flying !== null) [pending, flying] = [flying.compose(pending), null];
            refused = !pending.empty;
            for (const one of jobs.splice(0))
              one.resolve({ outcome: "refused", reason: error.message });
          }
        }
      }
    } finally {
      working = false;
      show();
      rememberSoon();
    }
    if (isSettled()) {
      page.emit("settled");
      check();
    }
  }

  const ask = (kind, more = {}) =>
    new Promise((resolve) => {
      jobs.push({ kind, resolve, ...more });
      show();
      work();
    });

  // ---- what is wrong, of the whole project

  let checking = 0;
  function showProblems({ checked, problems }) {
    page.problems = problems;
    page.emit("problems", problems);
    element.dataset.checked = checked;
  }
  function check(wait = CHECKS) {
    clearTimeout(checking);
    checking = setTimeout(async () => {
      if (!isSettled() || element.dataset.checked === page.state) return;
      const state = page.state;
      try {
        const answer = await get(api(`/problems?state=${state}`));
        if (isSettled() && answer.checked === page.state) showProblems(answer);
        else if (isSettled()) check(1000);
      } catch {
        check(2000);
      }
    }, wait);
  }

  // ---- what is kept over a reload

  function remember() {
    clearTimeout(keeping);
    keep(page, {
      state: page.state,
      base: base.toString(),
      flying: flying?.toJSON() ?? null,
      pending: pending.toJSON(),
      editor: view.state.toJSON(HISTORY),
    });
  }
  function rememberSoon() {
    clearTimeout(keeping);
    keeping = setTimeout(remember, 400);
  }

  // ---- the page

  const follow = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    for (const change of update.transactions)
      if (change.docChanged && !change.annotation(fromServer)) {
        pending = pending.compose(change.changes);
        refused = false;
      }
    if (pending.empty) return;
    element.dataset.settled = "false";
    rememberSoon();
    if (!working) {
      clearTimeout(timer);
      const typed = update.transactions.some((one) => one.isUserEvent("input"));
      timer = setTimeout(work, typed ? TYPING : 0);
    }
  });
  view.dispatch({ effects: StateEffect.appendConfig.of(follow) });

  page.answered = base;
  page.nowAt = (at) => pending.mapPos(flying === null ? at : flying.mapPos(at));
  page.act = (what) => ask("edit", { do: what });
  page.request = (path, more = () => ({})) => ask("whole", { path, more });
  page.save = () => page.request("/save");
  page.refresh = () => ask("look");
  addEventListener("pagehide", remember);
  addEventListener("online", () => wake());
  addEventListener("focus", () => wake());
  document.addEventListener("visibilitychange", () => (document.hidden ? remember() : wake()));

  page.on("ready", () => {
    show();
    work().then(() => isSettled() && page.emit("settled"));
  });
  if (page.before !== null) {
    // What the page begins with is an answer to what the last page had sent, if it had.
    if (page.data.text !== base.toString() || flying !== null) takeText(page.data.text);
    page.answered = base;
    page.state = page.data.state;
  }
}
