// Requests of this page, and what may stand between it and the server.
let token = document.querySelector("meta[name=csrf]")?.content ?? "";

export class AwayError extends Error {}
export class SignedOutError extends Error {}
export class ForbiddenError extends Error {}
export class RefusedError extends Error {}

async function fetched(address, options) {
  try {
    // A redirect is the way to the sign-in page; following it would hide that.
    return await fetch(address, { redirect: "manual", credentials: "same-origin", ...options });
  } catch {
    throw new AwayError();
  }
}

async function received(address, options = {}) {
  const response = await fetched(address, options);
  if (response.type === "opaqueredirect" || response.status === 401) throw new SignedOutError();
  if (response.status >= 500 || response.status === 429) throw new AwayError();
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    const reason = typeof told.detail === "string" ? told.detail : "";
    if (response.status === 403) throw new ForbiddenError(reason);
    throw new RefusedError(reason || String(response.status));
  }
  return response;
}

async function answered(address, options) {
  const response = await received(address, options);
  try {
    return await response.json();
  } catch {
    throw new AwayError(); // cut off on the way
  }
}

export const markup = async (address) => (await received(address)).text();

export const get = (address, options = {}) => answered(address, options);

export const post = (address, body) =>
  answered(address, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": token },
    body: JSON.stringify(body),
  });

// Whether somebody is signed in (again), whose token is then used.
export async function signedIn() {
  const response = await fetched(location.pathname);
  if (!response.ok) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = page.querySelector("meta[name=csrf]");
  if (found !== null) token = found.content;
  return found !== null;
}
