// The drawing to take along: as a picture, and on paper.
import { _ } from "../words.js";
import { element } from "./making.js";

const SHARP = 2; // px of the picture for each of the drawing
const MOST = 16_000; // px of a side that browsers draw
const PAPER = 680; // px that a page of paper has for a drawing

export function start(page) {
  const address = () => `/flows/${encodeURIComponent(page.flow)}/drawing.svg`;

  async function png() {
    const answer = await fetch(address()).catch(() => null);
    if (!answer?.ok) return page.say(_("The server cannot be reached. Try again when it is back."));
    const picture = new Image();
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await answer.text())}`;
    await picture.decode();
    const scale = Math.min(SHARP, MOST / picture.naturalWidth, MOST / picture.naturalHeight);
    const canvas = element("canvas", {
      width: Math.round(picture.naturalWidth * scale), height: Math.round(picture.naturalHeight * scale),
    });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const data = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const link = element("a", { href: URL.createObjectURL(data), download: `${page.flow}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    return page.say(_("Saved {file}", { file: link.download }));
  }

  let before = null;
  addEventListener("beforeprint", () => {
    before = Number(page.element.querySelector("#drawing").dataset.zoom) || 1;
    page.zoom?.to(Math.min(1, PAPER / (page.size?.[0] ?? PAPER)));
  });
  addEventListener("afterprint", () => {
    if (before !== null) page.zoom?.to(before);
    before = null;
  });
  document.querySelector("button[data-do=png]")?.addEventListener("click", png);
  document.querySelector("button[data-do=print]")?.addEventListener("click", () => print());
}
