// Everything of others that runs in a browser: htmx for every page, CodeMirror for the flow page.
import htmx from "htmx.org";

window.htmx = htmx;

export * from "@codemirror/autocomplete";
export * from "@codemirror/commands";
export * from "@codemirror/language";
export * from "@codemirror/lint";
export * from "@codemirror/merge";
export * from "@codemirror/search";
export * from "@codemirror/state";
export * from "@codemirror/view";
export { tags } from "@lezer/highlight";
