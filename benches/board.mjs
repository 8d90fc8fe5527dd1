// Looks at boards as people do: headless Chromium at three widths, light, dark and on A4;
// says what axe-core finds, what scrolls sideways, and what has no room for its words.
//
//     npm install --no-save axe-core playwright-core
//     node benches/board.mjs target/tmp/boards OUT
//
// The tests of scenarios/ leave their boards in target/tmp/boards.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const [boards, out] = process.argv.slice(2).map((folder) => path.resolve(folder));
const installed = createRequire(path.resolve('package.json'));
const { chromium } = installed('playwright-core');
const axe = fs.readFileSync(installed.resolve('axe-core/axe.min.js'), 'utf8');
fs.mkdirSync(out, { recursive: true });
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
let looks = 0;
let found = 0;

/// A4 without its margins, in CSS pixels.
const PAPER = 688;

async function look(file, how, width) {
  const name = path.basename(file, '.html');
  const prints = how === 'print';
  const media = prints ? { media: 'print', colorScheme: 'light' } : { colorScheme: how };
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  await page.emulateMedia(media);
  await page.goto(`file://${path.join(boards, file)}`);
  const say = (...words) => {
    found += 1;
    console.log(name, how, width, ...words);
  };
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > width) {
    say('scrolls sideways:', wide);
  }
  const squeezed = await page.evaluate(() =>
    [...document.querySelectorAll('caption, th, td, p, li, h2, h3, b')]
      .filter((it) => {
        const text = it.innerText.trim();
        const lines = it.offsetHeight / parseFloat(getComputedStyle(it).fontSize);
        return it.clientWidth > 0 && it.clientWidth < 32 && text.length > 3 && lines > 3;
      })
      .map((it) => it.innerText.slice(0, 40)));
  for (const text of squeezed) {
    say('a letter a line:', text);
  }
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document));
  for (const { impact, id, nodes } of violations) {
    say(impact, id, nodes.map((node) => node.target.join(' ')).join(', '));
  }
  await page.screenshot({ path: path.join(out, `${name}-${how}-${width}.png`), fullPage: true });
  if (prints) {
    await page.pdf({ path: path.join(out, `${name}.pdf`), preferCSSPageSize: true });
  }
  await page.close();
  looks += 1;
}

for (const file of fs.readdirSync(boards).filter((file) => file.endsWith('.html'))) {
  for (const how of ['light', 'dark']) {
    for (const width of [390, 1280, 1920]) {
      await look(file, how, width);
    }
  }
  await look(file, 'print', PAPER);
}
await browser.close();
console.log(`${looks} looks, ${found} found`);
process.exitCode = looks > 0 && found === 0 ? 0 : 1;
