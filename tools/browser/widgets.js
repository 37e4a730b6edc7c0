// Drives a JupyterLab with a notebook of three cells: pictures and a table,
// sliders, a map to point at. Prints its observations as one JSON object.
//
//     node widgets.js CHROMIUM ADDRESS SCREENSHOTS < wanted.json
//
// wanted.json: {"sliders": [[name, value], …], "click": [x, y]}, the click in
// fractions of the map's picture. Screenshots are written to the folder
// SCREENSHOTS if it is not empty.
const { chromium } = require("playwright-core");
const fs = require("fs");
const [executablePath, address, screenshots] = process.argv.slice(2);
const wanted = JSON.parse(fs.readFileSync(0, "utf8"));
const seen = { errors: [], views: [] };

const minute = 60_000;

async function main() {
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  try {
    await drive(page);
  } catch (error) {
    if (screenshots) await page.screenshot({ path: `${screenshots}/failed.png` });
    throw error;
  } finally {
    await browser.close();
  }
}

async function drive(page) {
  page.setDefaultTimeout(2 * minute);
  page.on("pageerror", (error) => seen.errors.push(error.message));
  await page.goto(address);
  await page.waitForSelector(".jp-Notebook .cm-content");
  // JupyterLab silently drops a cell that is run before the notebook has its
  // kernel: wait for the connection, and check that the cell runs. ("Unknown" is
  // its name for a connected kernel that has run nothing.)
  await page.waitForSelector(".jp-Notebook-ExecutionIndicator:is([data-status=idle], [data-status=unknown])");
  const cell = (i) => page.locator(".jp-Notebook .jp-CodeCell").nth(i);
  const prompt = (i) => cell(i).locator(".jp-InputPrompt").textContent();
  const press = async (i) => {
    for (const end = Date.now() + minute; Date.now() < end;) {
      await cell(i).locator(".cm-content").click();
      const begun = Date.now();
      await page.keyboard.press("Shift+Enter");
      while (Date.now() < begun + 3000) {
        if (!/\[ \]/.test(await prompt(i))) return begun;
        await page.waitForTimeout(20);
      }
    }
    throw new Error(`JupyterLab does not run cell ${i + 1}`);
  };
  const idle = (i) => page.waitForFunction((i) => {
    const prompt = document.querySelectorAll(".jp-Notebook .jp-CodeCell")[i].querySelector(".jp-InputPrompt").textContent;
    return /\[\d+\]/.test(prompt);
  }, i);
  const shot = async (name, i) => {
    if (!screenshots) return;
    await cell(i).scrollIntoViewIfNeeded();
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${screenshots}/${name}.png` });
  };

  // Pictures: JupyterLab draws the interactive form; a header sorts the table.
  let begun = await press(0);
  await cell(0).locator(".vega-embed canvas, .vega-embed svg").first().waitFor();
  seen.firstPicture = Date.now() - begun;
  await cell(0).locator("th").nth(1).click();
  seen.sorted = await cell(0).locator("tbody td:first-child").allTextContents();
  await cell(0).locator(".vega-embed canvas, .vega-embed svg").first().hover({ position: { x: 300, y: 150 } });
  seen.tooltip = await page.locator("#vg-tooltip-element").textContent();
  await idle(0);
  await shot("pictures", 0);

  // Sliders.
  begun = await press(1);
  const widget = cell(1).locator("[data-live=yes]");
  await widget.waitFor();
  const answered = async (root) => Number((await root.getAttribute("data-answer")) || 0);
  const next = async (root, last) => {
    for (const end = Date.now() + minute; Date.now() < end;) {
      // One gesture may cause two answers; the last one counts.
      const now = await answered(root);
      if (now > last) {
        await page.waitForTimeout(400);
        if ((await answered(root)) === now) return;
      }
      await page.waitForTimeout(20);
    }
    throw new Error("the widget did not answer");
  };
  await next(widget, 0);
  seen.firstAnswer = Date.now() - begun;
  seen.parameters = await widget.locator("input[type=range]").evaluateAll((all) => all.map((e) => e.dataset.parameter));
  const look = async (root, more) => {
    const data = await root.evaluate((e) => ({ ...e.dataset }));
    seen.views.push({
      ...more,
      picture: await root.locator("img.semrob-view").getAttribute("src"),
      f: await root.locator(".semrob-f").textContent(),
      top: await root.locator(".semrob-top > div > span:nth-child(2)").allTextContents(),
      milliseconds: Number(data.milliseconds),
      took: Number(data.took),
    });
  };
  for (const [name, value] of wanted.sliders) {
    const last = await answered(widget);
    await widget.locator(`input[data-parameter="${name}"]`).fill(String(value));
    await next(widget, last);
    await look(widget, { name, value });
  }
  await shot("sliders", 1);
  await widget.locator(".semrob-done").click();
  await idle(1);
  seen.afterDone = await cell(1).locator(".jp-OutputArea-output img").count();
  await shot("after-done", 1);

  // The map.
  await press(2);
  const pointing = cell(2).locator("[data-live=yes]");
  await pointing.waitFor();
  await next(pointing, 0);
  const map = pointing.locator(".semrob-map");
  await map.scrollIntoViewIfNeeded();
  const box = await map.boundingBox(), last = await answered(pointing);
  await page.mouse.click(box.x + box.width * wanted.click[0], box.y + box.height * wanted.click[1]);
  await next(pointing, last);
  await look(pointing, { where: await pointing.locator(".semrob-where").textContent() });
  await shot("map", 2);

  // Stop.
  begun = Date.now();
  await page.locator('[data-command="notebook:interrupt-kernel"], button[title^="Interrupt"]').first().click();
  await idle(2);
  seen.stopped = Date.now() - begun;
  seen.afterStop = await cell(2).locator(".jp-OutputArea-output img").count();
  await shot("after-stop", 2);
  await page.keyboard.press("Control+s");
  await page.waitForTimeout(2000);
}

main().then(() => console.log(JSON.stringify(seen)), (error) => {
  console.log(JSON.stringify(seen));
  console.error(error);
  process.exit(1);
});
