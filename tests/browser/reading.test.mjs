// Reading: nobody decides anything here.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { asked, changedData, openBrowser, openPage, ringfence, ROOT, scratch, seriousFindings, serve } from "./harness.mjs";

let browser;
let service;
let runs;
let top;
let retired;

/** Two runs a day apart; in the second a good part of the shared devices is gone, so that some cases are too. */
before(async () => {
  runs = join(scratch(), "runs");
  ringfence("run", "--data", join(ROOT, "data/market"), "--out", runs, "--top", "0");
  const first = asked("top", "--run", runs, "-n", "1000").clusters;
  const thinned = changedData("data/market", "devices.csv", (text) => text.split("\n").filter((line, at) => at === 0 || at % 5 !== 0).join("\n"));
  ringfence("run", "--data", thinned, "--out", runs, "--as-of", "2025-07-01", "--top", "0");
  const living = asked("top", "--run", runs, "-n", "1000").clusters;
  top = living[0];
  const ids = new Set(living.map((cluster) => cluster.cluster_id));
  retired = first.find((cluster) => !ids.has(cluster.cluster_id))?.cluster_id;
  assert.ok(retired, "some case of the first run has ended");
  service = await serve(runs);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  service?.stop();
});

test("a case is opened from the queue by keyboard and unfolded from its core", async () => {
  const { page, go, check, close } = await openPage(browser, service.url);
  await go("");
  assert.equal(await page.locator("main h1").innerText(), "Queue");
  const first = page.locator(".queue tbody tr").first();
  assert.match(await first.innerText(), new RegExp(top.cluster_id));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/#/case/${top.cluster_id}`);
  await page.getByRole("heading", { name: "How the score came about" }).waitFor();
  const found = asked("show", top.cluster_id, "--run", runs);
  assert.equal(await page.locator("main h1").innerText(), found.headline);
  assert.equal(await page.locator(".waterfall tbody tr").count(), found.reasons.length + 2);
  for (const name of ["Weakest link", "Honest explanations considered", "Time line", "What they share", "Members", "Where they are", "Since the previous run"]) {
    assert.ok(await page.getByRole("heading", { name, exact: true }).isVisible(), name);
  }
  await page.locator(".graph-canvas canvas").first().waitFor();
  await page.getByRole("button", { name: "As table" }).click();
  const rows = page.locator(".graph-panel tbody tr");
  const opened = await rows.count();
  assert.ok(opened > 0 && opened <= 60, `${opened} nodes at first`);
  const unfold = page.locator(".graph-panel tbody button", { hasText: "Unfold" });
  if ((await unfold.count()) > 0) {
    await unfold.first().click();
    await page.waitForFunction((before) => document.querySelectorAll(".graph-panel tbody tr").length > before, opened);
  }
  check();
  await close();
});

test("the graph is walked by keyboard and says where one is", async () => {
  const { page, go, check, close } = await openPage(browser, service.url);
  await go(`#/case/${top.cluster_id}`);
  await page.locator(".graph-canvas canvas").first().waitFor();
  await page.locator(".graph-canvas").focus();
  await page.keyboard.press("ArrowRight");
  await page.locator(".picked").waitFor();
  const before = await page.locator(".picked").innerText();
  for (const key of ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  assert.notEqual(before, "");
  check();
  await close();
});

test("a search leads to a merchant, and from there to the path between two", async () => {
  const { page, go, check, close } = await openPage(browser, service.url);
  const members = asked("show", top.cluster_id, "--run", runs).members.map((member) => member.merchant_id);
  await go("");
  await page.keyboard.press("/");
  await page.keyboard.type(members[0]);
  await page.locator("#search ~ ul li", { hasText: members[0] }).first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/#/merchant/${members[0]}`);
  await page.getByRole("heading", { name: "What it shares" }).waitFor();
  assert.ok(await page.getByRole("link", { name: top.cluster_id }).first().isVisible());
  await page.getByRole("link", { name: "Path from here" }).click();
  await page.getByLabel("To").fill(members.at(-1));
  await page.getByRole("button", { name: "Find the path" }).click();
  await page.locator(".way li").first().waitFor();
  const way = asked("path", members[0], members.at(-1), "--run", runs);
  assert.equal(await page.locator(".way .stop").count(), way.steps.length);
  check();
  await close();
});

test("everything on one device is listed", async () => {
  const { page, go, check, close } = await openPage(browser, service.url);
  const shared = asked("show", top.cluster_id, "--run", runs).evidence[0];
  await go(`#/entity/${shared.entity_type}/${encodeURIComponent(shared.entity)}`);
  await page.getByRole("heading", { name: "Everyone on it" }).waitFor();
  assert.equal(await page.locator("section", { hasText: "Everyone on it" }).locator("tbody tr").count(), shared.merchants);
  check();
  await close();
});

test("the id of an ended case tells what became of it", async () => {
  const { page, go, check, close } = await openPage(browser, service.url);
  await go(`#/case/${retired}`);
  await page.getByRole("heading", { name: `Case ${retired} is no more` }).waitFor();
  check();
  await close();
});

test("an unknown case says so and offers to try again", async () => {
  const { page, go, close } = await openPage(browser, service.url);
  await go("#/case/RNOSUCHCASE00");
  await page.getByRole("alert").getByText("Not in this run.").waitFor();
  await close();
});

test("filters narrow the queue and stay in the address", async () => {
  const { page, go, check, close } = await openPage(browser, service.url);
  await go("");
  await page.locator('select[name="action"]').selectOption("review");
  await page.waitForURL("**/#/queue?action=review");
  await page.waitForFunction(() => {
    const actions = [...document.querySelectorAll(".queue tbody .chip.enforce, .queue tbody .chip.monitor")];
    return actions.length === 0 && document.querySelectorAll(".queue tbody tr").length > 0;
  });
  await page.locator('input[name="q"]').fill(top.cluster_id);
  await page.locator('select[name="action"]').selectOption("");
  await page.waitForFunction((id) => {
    const rows = document.querySelectorAll(".queue tbody tr");
    return rows.length === 1 && rows[0].textContent.includes(id);
  }, top.cluster_id);
  check();
  await close();
});

test("two runs are compared and the health of runs is shown", async () => {
  const { page, go, check, close } = await openPage(browser, service.url);
  await go("#/diff");
  await page.getByRole("heading", { name: /cases? changed/ }).waitFor();
  await go("#/health");
  await page.getByRole("heading", { name: "Over the last 2 runs" }).waitFor();
  check();
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 1024, 1600]) {
    test(`no screen overflows or hinders at ${width} px, ${colorScheme}`, async () => {
      const { page, go, check, close } = await openPage(browser, service.url, { width, colorScheme });
      const found = asked("show", top.cluster_id, "--run", runs);
      const [one, shared] = [found.members[0].merchant_id, found.evidence[0]];
      const screens = [
        "#/queue",
        `#/case/${top.cluster_id}`,
        `#/merchant/${one}`,
        `#/entity/${shared.entity_type}/${encodeURIComponent(shared.entity)}`,
        `#/path?from=${one}&to=${found.members.at(-1).merchant_id}`,
        "#/diff",
        "#/health",
        "#/login",
      ];
      for (const screen of screens) {
        await go(screen);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${screen} is ${over} px too wide`);
        assert.deepEqual(await seriousFindings(page), [], screen);
      }
      check();
      await close();
    });
  }
}

test("hostile names are text and nothing else", async () => {
  const hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script>\u202egnp.exe\u200b';
  const quoted = `"${hostile.replaceAll('"', '""')}"`;
  const data = changedData("data/tiny", "merchants.csv", (text) =>
    text
      .replace("Golden Noodle House", quoted)
      .replace("QuickFix Phones", `"${"long ".repeat(20_000)}"`)
      .replace("Bella Nails", '"javascript:alert(3)//{{7*7}}"'),
  );
  const out = join(scratch(), "runs");
  ringfence("run", "--data", data, "--out", out, "--top", "0");
  const one = await serve(out);
  const { page, go, check, close } = await openPage(browser, one.url);
  const cluster = asked("top", "--run", out).clusters[0].cluster_id;
  for (const screen of ["#/queue", `#/case/${cluster}`, "#/merchant/M001", "#/merchant/M002", "#/merchant/M003"]) {
    await go(screen);
    if (screen.startsWith("#/case/")) await page.locator(".graph-canvas canvas").first().waitFor();
    // The one picture of our own is the graph on paper.
    assert.equal(await page.locator("main img:not(.graph-still), main script, main iframe").count(), 0, screen);
    assert.doesNotMatch(await page.locator("main").innerText(), /[\u202a-\u202e\u2066-\u2069\u200b]/u, screen);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${screen} is ${over} px too wide`);
  }
  await go("#/merchant/M001");
  assert.match(await page.locator("main h1").innerText(), /^<img src=x onerror="alert\(1\)"><script>.*\\u\{202e\}/);
  check();
  await close();
  one.stop();
});
