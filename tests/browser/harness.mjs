// What the journeys stand on: a market with runs, the real service, a real browser, and an eye on everything that
// must not happen in a page (errors, refused scripts or styles, dialogs, requests to elsewhere).
//
// RINGFENCE: the binary, default target/debug/ringfence. CHROMIUM: the browser, default the first found.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const ROOT = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
export const BINARY = process.env.RINGFENCE ?? join(ROOT, "target/debug/ringfence");
const BROWSERS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A folder that is gone when the process ends. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "ringfence-desk-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function ringfence(...parts) {
  return execFileSync(BINARY, parts, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
}

export const asked = (...parts) => JSON.parse(ringfence(...parts, "--format", "json"));

/** A copy of a data folder with one table changed. */
export function changedData(from, table, change) {
  const folder = join(scratch(), "data");
  cpSync(join(ROOT, from), folder, { recursive: true });
  const path = join(folder, table);
  writeFileSync(path, change(readFileSync(path, "utf8")));
  return folder;
}

/** The service on a free port; resolves when it says where it listens. */
export async function serve(runs, ...more) {
  const child = spawn(BINARY, ["serve", "--runs", runs, "--listen", "127.0.0.1:0", ...more], { stdio: ["ignore", "pipe", "ignore"] });
  process.on("exit", () => child.kill("SIGKILL"));
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /http:\/\/\S+/.exec(line);
    if (!found) continue;
    // A test that fails before it stops its service must not keep the tests from ending.
    child.unref();
    child.stdout.unref();
    return { url: found[0].replace(/\/$/, ""), stop: () => child.kill("SIGTERM") };
  }
  throw new Error("the service ended before it listened");
}

export async function openBrowser() {
  const executablePath = BROWSERS.find((path) => path && existsSync(path));
  assert.ok(executablePath, "no browser: install Debian's chromium or set CHROMIUM");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page that remembers everything that must not happen; `check` fails when something did. */
export async function openPage(browser, url, { width = 1280, colorScheme = "light", expected = [] } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce", baseURL: url });
  const page = await context.newPage();
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !expected.some((pattern) => pattern.test(text))) trouble.push(`console: ${text}`);
  });
  page.on("request", (request) => {
    const to = request.url();
    if (!to.startsWith(url) && !to.startsWith("data:") && !to.startsWith("blob:")) trouble.push(`request to elsewhere: ${to}`);
  });
  const check = () => assert.deepEqual(trouble, []);
  // By way of an empty page: a change of the hash alone is no load, so the heading and the idle network waited for
  // could still be the screen before.
  const go = async (hash) => {
    await page.goto("about:blank");
    await page.goto(`/${hash}`);
    await page.waitForFunction(() => document.querySelector("main h1") && !document.querySelector("main .loading"));
    await page.waitForLoadState("networkidle");
  };
  return { page, go, check, close: () => context.close() };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds serious or critical. It is run past the content security policy, through the debugger. */
export async function seriousFindings(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run(document, { resultTypes: ['violations'] }).then((found) => JSON.stringify(found.violations))",
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return JSON.parse(result.value)
    .filter((finding) => finding.impact === "serious" || finding.impact === "critical")
    .map((finding) => `${finding.id}: ${finding.nodes[0].html.slice(0, 200)}`);
}
