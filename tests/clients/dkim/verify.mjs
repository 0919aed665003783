// Verify the DKIM signatures of a mail on standard input: `node verify.mjs DNS_PORT`.
// Prints a list of {result, domain, selector, headers, comment}.
import { Resolver } from "node:dns/promises";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";

const resolver = new Resolver();
resolver.setServers([`127.0.0.1:${process.argv[2]}`]);
const parts = [];
for await (const part of process.stdin) parts.push(part);
const found = await dkimVerify(Buffer.concat(parts), {
  resolver: (name, type) => resolver.resolve(name, type),
});
console.log(JSON.stringify(found.results.map((one) => ({
  result: one.status.result,
  comment: one.status.comment ?? "",
  domain: one.signingDomain,
  selector: one.selector,
  headers: one.signingHeaders?.keys ?? "",
}))));
