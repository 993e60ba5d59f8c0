// Shows /api/status, and again every few seconds. Nothing is sent but that request.
"use strict";

const EVERY = 4000;
const BARS = 40;
const SVG = "http://www.w3.org/2000/svg";

const CONDITIONS = { starting: "Starting", current: "Current", held: "Waiting", syncing: "Syncing", failing: "Failing" };
const CHAINS = {
  1: "Ethereum", 11155111: "Sepolia", 42161: "Arbitrum One", 42170: "Arbitrum Nova", 421614: "Arbitrum Sepolia",
};
const KINDS = {
  synced: "Synced", refreshed: "Refreshed", part: "Part", loaded: "Loaded", completed: "Completed", skipped: "Skipped",
  created: "Created",
};

const find = (id) => document.getElementById(id);
const cards = new Map();
let lost = 0;

const grouped = (number) => Number(number).toLocaleString("en-US");
const plural = (number, one) => `${grouped(number)} ${one}${Number(number) === 1 ? "" : "s"}`;

// Significant digits of wei, in the unit that reads best.
function money(wei) {
  const amount = Number(BigInt(wei));
  if (amount === 0) return "0 ETH";
  const unit = amount >= 1e13 ? [1e18, "ETH"] : [1e9, "gwei"];
  const value = amount / unit[0];
  const digits = value >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
  return `${value.toLocaleString("en-US", digits)} ${unit[1]}`;
}

function duration(seconds) {
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const [size, name] = units.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${name}`;
}

const chain = (id) => CHAINS[id] ?? `chain ${id}`;
const short = (hex) => (hex ? `${hex.slice(0, 8)}…${hex.slice(-6)}` : "not known yet");

// Long hexadecimal numbers in a sentence, shortened.
const abridged = (text) => text.replace(/0x[0-9a-fA-F]{40,}/g, short);

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The state of everything in one sentence.
function headline(view) {
  const all = view.mirrors.length;
  const failing = view.mirrors.filter((mirror) => mirror.condition === "failing").length;
  const locked = view.mirrors.filter((mirror) => mirror.status === "open").length;
  const waiting = view.mirrors.filter((mirror) => mirror.condition === "held").length;
  const starting = view.mirrors.filter((mirror) => mirror.condition === "starting").length;
  if (!view.reachable) return view.problem ? "The relayer cannot reach its nodes." : "The relayer is starting.";
  const feeds = view.feeds.filter((feed) => feed.condition === "failing").length;
  if (feeds > 0 && failing === 0) return `${feeds} of ${plural(view.feeds.length, "feed")} cannot be updated.`;
  if (all === 0) return view.rounds === 0 ? "The relayer is starting." : view.feeds.length === 1 ? "The feed is kept." : `All ${view.feeds.length} feeds are kept.`;
  if (failing > 0) return failing === all ? "No mirror can be brought up to date." : `${failing} of ${plural(all, "mirror")} cannot be brought up to date.`;
  if (starting > 0) return "The relayer is starting.";
  const unanswered = view.mirrors.filter((mirror) => mirror.group?.failing.length > 0).length;
  if (unanswered > 0) return `Reads through ${unanswered === 1 ? "one mirror" : `${unanswered} mirrors`} fail.`;
  if (locked > 0) return `${plural(locked, "mirror")} locked while an update is under way.`;
  if (waiting > 0) return `${waiting} of ${plural(all, "mirror")} ${waiting === 1 ? "waits" : "wait"} for ${waiting === 1 ? "its" : "their"} policy.`;
  return all === 1 ? "The mirror is current." : `All ${all} mirrors are current.`;
}

function why(mirror) {
  if (mirror.condition === "failing") {
    const again = mirror.retrySeconds > 0 ? `, tried again in ${duration(mirror.retrySeconds)}` : "";
    return `For ${duration(mirror.failingSeconds)}${again}: ${abridged(mirror.error)}`;
  }
  const hold = mirror.hold;
  if (hold) {
    return {
      interval: () => `Its interval is over in ${duration(hold.secondsLeft)}.`,
      fewChanges: () => `${grouped(hold.changes)} of the ${grouped(hold.minChanges)} changes that a sync is worth.`,
      gasPrice: () => `Gas costs ${money(hold.gasPrice)}; the ceiling is ${money(hold.ceiling)}.`,
      spending: () => `${money(hold.spent)} spent in 24 hours, ${money(hold.cost)} more would exceed ${money(hold.limit)}.`,
      unpushed: () => `Source block ${grouped(hold.block)} is not in the block-hash buffer${hold.newest == null ? "" : `; the newest pushed is ${grouped(hold.newest)}`}.`,
      kept: () => `Source block ${grouped(hold.block)} is proven and waits until it is final; the source node proves no block before ${grouped(hold.oldest)}.`,
      partBlock: () => `Its open update is at source block ${grouped(hold.partBlock)}, which is not final yet.`,
      turn: () => "Another relayer has its turn.",
    }[hold.reason]?.() ?? "";
  }
  if (mirror.status === "open") return "Reads are locked until its update is complete.";
  if (mirror.upToDate === true) return "Its storage is the source’s.";
  if (mirror.upToDate === false && mirror.condition === "current") return "Waits for a newer final source block.";
  return "";
}

// What a mirror is read together with, and what is not as it should be.
function group(of) {
  const others = of.members.length - 1;
  const apart = of.members.filter((member) => member.apart);
  const parts = [others === 0 ? "Is read alone" : `Is read together with ${plural(others, "mirror")}, ${apart.length === 0 ? "all at its block" : `${apart.length} of all apart: ${apart.map(place).join(", ")}`}`];
  const [first] = of.failing;
  parts.push(first ? `${of.failing.length} of ${plural(of.reads, "read")} ${of.failing.length === 1 ? "fails" : "fail"}: ${abridged(first.error)}, ${abridged(first.advice)}` : `${plural(of.reads, "read")} answered`);
  return `${parts.join("; ")}.`;
}

const place = (member) => `${short(member.source)} ${member.proxy === null ? "has no mirror" : `is ${member.status} at block ${grouped(member.sourceBlock)}`}`;

function policy(of) {
  const parts = [of.minChanges > 1 ? `from ${plural(of.minChanges, "change")}` : "every change"];
  if (of.interval > 0) parts.push(`at most every ${duration(of.interval)}`);
  if (of.maxAge !== null) parts.push(of.maxAge > 0 ? `at the latest after ${duration(of.maxAge)}` : "at each final block");
  if (of.gasPriceCeiling !== null) parts.push(`up to ${money(of.gasPriceCeiling)} a gas`);
  if (of.spendingLimit !== null) parts.push(`up to ${money(of.spendingLimit)} a day`);
  return parts.join(", ");
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// One bar a step, the newest at the right. The table says the same in numbers.
function draw(figure, steps, value, said, wallet) {
  const svg = figure.querySelector("svg");
  const values = steps.map(value);
  const most = Math.max(...values, 0);
  const slot = 400 / BARS;
  const shapes = [shape("line", { x1: 0, x2: 400, y1: 55.5, y2: 55.5, class: "ground" })];
  steps.forEach((step, index) => {
    const height = most > 0 ? Math.max((values[index] / most) * 52, 1.5) : 1.5;
    const own = step.sender === wallet;
    const bar = shape("rect", {
      x: 400 - (steps.length - index) * slot + slot * 0.15,
      y: 55 - height,
      width: slot * 0.7,
      height,
      class: own ? "bar" : "bar other",
    });
    const title = shape("title", {});
    title.textContent = `${KINDS[step.kind]}${own ? "" : " by another relayer"}: ${said(step)}`;
    bar.append(title);
    shapes.push(bar);
  });
  svg.replaceChildren(...shapes);
  const last = steps.at(-1);
  const text = last ? `last ${said(last)}` : "none yet";
  set(figure.querySelector("b"), text);
  const caption = figure.querySelector("span").textContent;
  svg.setAttribute("aria-label", last ? `${caption}: ${steps.length} bars, ${text}` : `${caption}: ${text}`);
}

function row(step, now) {
  const cells = [
    [`${duration(Math.max(now - step.time, 0))} ago`],
    [KINDS[step.kind]],
    [step.sourceBlock > 0 ? grouped(step.sourceBlock) : "–", "number"],
    [grouped(step.changes), "number"],
    [grouped(step.gas), "number"],
    [money(step.fee), "number"],
  ];
  const line = tableLine(cells);
  line.title = `Transaction ${step.txHash} in target block ${grouped(step.targetBlock)}`;
  return line;
}

/** A line of a table: cells with their texts and classes. */
function tableLine(cells) {
  const line = document.createElement("tr");
  for (const [text, name] of cells) {
    const cell = document.createElement("td");
    cell.textContent = text;
    if (name) cell.className = name;
    line.append(cell);
  }
  return line;
}

function card(mirror, view) {
  const key = mirror.address;
  if (!cards.has(key)) {
    const article = find("mirror").content.firstElementChild.cloneNode(true);
    const heading = article.querySelector("h2");
    heading.id = `name-${key}`;
    article.setAttribute("aria-labelledby", heading.id);
    article.querySelector(".scroll").setAttribute("aria-label", `Last transactions of ${mirror.name}`);
    find("mirrors").append(article);
    cards.set(key, article);
  }
  const article = cards.get(key);
  const part = (name) => article.querySelector(`[data-is="${name}"]`);
  article.dataset.condition = mirror.condition;
  article.dataset.status = mirror.status;
  set(article.querySelector("h2"), mirror.name === mirror.address ? short(mirror.address) : mirror.name);
  set(article.querySelector(".condition"), CONDITIONS[mirror.condition] ?? mirror.condition);
  set(article.querySelector(".why"), why(mirror));
  article.querySelector(".why").title = mirror.error ?? "";

  const together = mirror.group;
  part("group").hidden = together === null;
  part("members").hidden = together === null;
  if (together !== null) {
    set(part("group"), group(together));
    const others = together.members.filter((member) => member.source !== together.source);
    set(part("members").querySelector("dd"), others.map((member) => member.source).join(", ") || "no other");
    article.dataset.apart = together.members.some((member) => member.apart) || together.failing.length > 0;
  }

  const known = mirror.proxy !== null;
  const pair = (name, text, note) => {
    const small = document.createElement("small");
    small.textContent = note;
    const element = part(name);
    if (element.textContent !== text + note) element.replaceChildren(text, small);
  };
  pair("lag", known ? duration(mirror.lagSeconds) : "–", known ? plural(mirror.lagBlocks, "block") : "");
  pair("block", known ? grouped(mirror.sourceBlock) : "–", known ? mirror.status : "");
  const day = mirror.steps.filter((step) => step.sender === view.wallet.address && step.time > view.now - 86400);
  const [spent, unit] = money(mirror.spentDay).split(" ");
  pair("day", spent, `${unit}, ${day.length} sent`);

  const steps = mirror.steps.slice(-BARS);
  const state = steps.length + (steps.at(-1)?.txHash ?? "");
  if (article.dataset.steps !== state) {
    article.dataset.steps = state;
    for (const figure of article.querySelectorAll("figure")) figure.hidden = steps.length === 0;
    draw(article.querySelector('[data-chart="fee"]'), steps, (step) => Number(BigInt(step.fee)), (step) => money(step.fee), view.wallet.address);
    draw(article.querySelector('[data-chart="changes"]'), steps, (step) => step.changes, (step) => plural(step.changes, "slot"), view.wallet.address);
  }
  article.querySelector("tbody").replaceChildren(...steps.toReversed().map((step) => row(step, view.now)));
  set(part("source"), mirror.source ?? "not known yet");
  set(part("proxy"), mirror.proxy ?? "not known yet");
  set(part("root"), known ? mirror.storageRoot : "not known yet");
  set(part("policy"), policy(mirror.policy));
}

// A feed in one line; what it waits for or fails of is its title.
function feedRow(feed) {
  const known = feed.answer !== null;
  const cells = [
    [feed.name === feed.address ? feed.description || short(feed.address) : feed.name],
    [CONDITIONS[feed.condition] ?? feed.condition],
    [known ? feed.answer : "–", "number"],
    [known && feed.round > 0 ? grouped(feed.round) : "–", "number"],
    [known ? grouped(feed.sourceBlock) : "–", "number"],
    [known ? duration(feed.ageSeconds) : "–", "number"],
    [money(feed.spentDay), "number"],
  ];
  const line = tableLine(cells);
  line.dataset.condition = feed.condition;
  line.title = feed.error ?? feed.hold ?? `${feed.description} at ${feed.address}`;
  return line;
}

function show(view) {
  const said = headline(view);
  set(find("headline"), said);
  document.title = `${said} SmartSync`;
  const trouble = find("trouble");
  trouble.hidden = !view.problem;
  if (view.problem) set(trouble, view.problem);
  if (view.reachable || view.rounds > 0) {
    set(find("route"), `${chain(view.source.chainId)} → ${chain(view.target.chainId)}`);
    set(find("registry"), `registry ${short(view.target.registry)}`);
    find("registry").title = view.target.registry;
    find("facts").hidden = false;
    set(find("source-head"), grouped(view.source.head));
    set(find("source-note"), `final and usable: ${grouped(view.source.usable)}`);
    set(find("target-head"), grouped(view.target.head));
    set(find("target-note"), `a gas costs ${money(view.target.gasPrice)}`);
    set(find("balance"), money(view.wallet.balance));
    set(find("wallet-note"), short(view.wallet.address));
    find("wallet-note").title = view.wallet.address ?? "";
    set(find("spent"), money(view.wallet.spentDay));
    const limit = view.wallet.spendingLimit;
    set(find("spent-note"), limit === null ? "no common limit" : `of at most ${money(limit)}`);
    const meter = find("spent-meter");
    meter.hidden = limit === null || BigInt(limit) === 0n;
    if (!meter.hidden) meter.value = Number(BigInt(view.wallet.spentDay)) / Number(BigInt(limit));
  }
  for (const mirror of view.mirrors) card(mirror, view);
  find("feeds").hidden = view.feeds.length === 0;
  find("feed-rows").replaceChildren(...view.feeds.map(feedRow));
  set(find("process"), `Relayer ${view.version}, up ${duration(view.uptimeSeconds)}, ${plural(view.rounds, "round")}.`);
}

async function refresh() {
  try {
    const answer = await fetch("/api/status", { signal: AbortSignal.timeout(EVERY * 2) });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    show(await answer.json());
    lost = 0;
  } catch (error) {
    lost += 1;
    if (lost > 1) {
      set(find("headline"), "The relayer does not answer.");
      const trouble = find("trouble");
      set(trouble, `What is below is old: ${error.message}`);
      trouble.hidden = false;
    }
  }
  setTimeout(refresh, document.hidden ? EVERY * 5 : EVERY);
}

refresh();
