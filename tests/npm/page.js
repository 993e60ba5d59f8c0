// Looks at the relayer's web page as people do: in Chromium, on a desk and on a phone, light and dark, by keyboard, and with
// axe for those who see it otherwise.
// Usage: node page.js URL [FOLDER]. Screenshots go to the folder. CHROMIUM names the browser (default /usr/bin/chromium).
"use strict";

const assert = require("node:assert");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [url, folder] = process.argv.slice(2);
const DESK = { viewport: { width: 1280, height: 900 }, colorScheme: "light" };
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const SMALL = { viewport: { width: 320, height: 640 }, colorScheme: "light", isMobile: true, hasTouch: true };
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

// Opens the page, and notes whatever goes wrong on it or leaves this machine.
async function open(browser, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  // Time passes as ever, and further where a test says so.
  await page.clock.install();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`asks ${request.url()}`);
  });
  const answer = await page.goto(url);
  assert.strictEqual(answer.status(), 200);
  await page.locator("article").first().waitFor();
  return { context, page, complaints };
}

async function shoot(page, name) {
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

// Lets the page ask the relayer again, as it does every few seconds.
async function refresh(page) {
  const answer = page.waitForResponse("**/api/status");
  await page.clock.fastForward(60_000);
  await answer;
}

const status = async () => (await fetch(new URL("/api/status", url))).json();

async function showsWhatTheRelayerSays(page) {
  const view = await status();
  const names = await page.locator("article h2").allTextContents();
  assert.deepStrictEqual(names, view.mirrors.map((mirror) => mirror.name));
  const said = { current: "Current", held: "Waiting", failing: "Failing", syncing: "Syncing", starting: "Starting" };
  for (const [index, mirror] of view.mirrors.entries()) {
    const article = page.locator("article").nth(index);
    assert.strictEqual(await article.locator(".condition").textContent(), said[mirror.condition]);
    const group = article.locator("[data-is=group]");
    assert.strictEqual(await group.isVisible(), mirror.group !== null, `${mirror.name}: its group`);
    if (mirror.group !== null) {
      const apart = mirror.group.members.filter((member) => member.apart).length;
      const text = await group.textContent();
      assert.strictEqual(text.includes(`${apart} of all apart`), apart > 0, text);
      assert.ok(text.includes(mirror.group.failing.length > 0 ? " fail" : "answered"), text);
    }
    for (const chart of ["fee", "changes"]) {
      const bars = await article.locator(`[data-chart="${chart}"] rect`).count();
      assert.strictEqual(bars, mirror.steps.length, `${mirror.name}: bars of ${chart}`);
    }
    const rows = article.locator("tbody tr");
    assert.strictEqual(await rows.count(), mirror.steps.length);
    for (const [place, step] of mirror.steps.toReversed().entries()) {
      const cells = await rows.nth(place).locator("td").allTextContents();
      assert.deepStrictEqual(
        cells.slice(2, 5),
        [step.sourceBlock || "–", step.changes, step.gas].map((number) => number.toLocaleString("en-US")),
      );
    }
  }
  assert.ok(view.mirrors.some((mirror) => mirror.group?.members.some((member) => member.apart)), "some group is apart");
  const failing = view.mirrors.filter((mirror) => mirror.condition === "failing");
  if (failing.length > 0) {
    assert.match(await page.locator("h1").textContent(), /cannot be brought up to date/);
    const why = page.locator("article[data-condition=failing] .why").first();
    const abridged = failing[0].error.replace(/(0x\w{6})\w{28,}(\w{6})/g, "$1…$2");
    assert.ok((await why.textContent()).endsWith(abridged), abridged);
  }
  // The bars are in proportion.
  const busiest = view.mirrors.findIndex((mirror) => mirror.steps.length >= 3);
  assert.notStrictEqual(busiest, -1, "some mirror has a history");
  const heights = await page.locator("article").nth(busiest).locator('[data-chart="changes"] rect')
    .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute("height"))));
  const changes = view.mirrors[busiest].steps.map((step) => step.changes);
  const most = Math.max(...changes);
  heights.forEach((height, index) => {
    const expected = Math.max((changes[index] / most) * 52, 1.5);
    assert.ok(Math.abs(height - expected) < 0.01, `bar ${index}: ${height}, expected ${expected}`);
  });
}

async function fits(page, name) {
  const { wide, inner } = await page.evaluate(() => ({ wide: document.scrollingElement.scrollWidth, inner: innerWidth }));
  assert.ok(wide <= inner, `${name}: the page is ${wide} px wide in a window of ${inner}`);
}

async function isAccessible(browser, options, name) {
  // axe is put into the page, which its policy rightly forbids.
  const { context, page } = await open(browser, { ...options, bypassCSP: true });
  await page.locator("summary").first().click();
  await page.addScriptTag({ path: require.resolve("axe-core") });
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const told = violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" ")}`);
  assert.deepStrictEqual(told, [], name);
  await context.close();
}

async function worksByKeyboard(page) {
  await page.keyboard.press("Tab");
  assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), "To the mirrors");
  await page.keyboard.press("Tab");
  assert.strictEqual(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
  await page.keyboard.press("Enter");
  const details = page.locator("details").first();
  assert.ok(await details.evaluate((element) => element.open));
  // It stays open, and where the focus was, when the page is refreshed.
  await refresh(page);
  await refresh(page);
  assert.ok(await details.evaluate((element) => element.open));
  assert.strictEqual(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
}

async function saysWhenTheRelayerIsGone(page) {
  await page.route("**/api/status", (route) => route.abort());
  // One answer that is missing is no reason to say so.
  for (let missing = 0; missing < 2; missing += 1) {
    const failed = page.waitForEvent("requestfailed");
    await page.clock.fastForward(60_000);
    await failed;
  }
  await page.locator("h1", { hasText: "The relayer does not answer." }).waitFor();
  assert.ok(await page.locator("#trouble").isVisible());
  await page.unroute("**/api/status");
  await refresh(page);
  await page.locator("h1", { hasText: "The relayer does not answer." }).waitFor({ state: "detached" });
  assert.ok(!(await page.locator("#trouble").isVisible()));
}

async function main() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const desk = await open(browser, DESK);
    await showsWhatTheRelayerSays(desk.page);
    await fits(desk.page, "desk");
    await shoot(desk.page, "desk-light");
    await worksByKeyboard(desk.page);
    await shoot(desk.page, "desk-open");
    assert.deepStrictEqual(desk.complaints, []);
    await saysWhenTheRelayerIsGone(desk.page);
    await desk.context.close();
    for (const [name, options] of [["phone-dark", PHONE], ["phone-small", SMALL], ["desk-dark", { ...DESK, colorScheme: "dark" }]]) {
      const { context, page, complaints } = await open(browser, options);
      await fits(page, name);
      await shoot(page, name);
      await page.locator("summary").first().click();
      await fits(page, `${name}, opened`);
      await shoot(page, `${name}-open`);
      assert.deepStrictEqual(complaints, [], name);
      await context.close();
    }
    await isAccessible(browser, DESK, "light");
    await isAccessible(browser, { ...PHONE, colorScheme: "dark" }, "dark");
  } finally {
    await browser.close();
  }
  console.log("the page is good");
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
