// Opens each page of FOLDER/pages in Chromium and says what is wrong with it.
//
// usage: node check.mjs FOLDER PICTURES [PICTURE]
// Of FOLDER are node_modules/ and pages/; PICTURES is filled with screenshots and PDFs; PICTURE is the beginning of all.html.
import fs from 'node:fs';
import path from 'node:path';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const [folder, pictures, picture] = process.argv.slice(2).map((p) => path.resolve(p));
const require = createRequire(path.join(folder, 'package.json'));
const {chromium} = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const SIZES = {phone: {width: 390, height: 844}, desktop: {width: 1280, height: 900}};
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let faults = 0;
const fault = (where, what) => {
  faults += 1;
  console.log(`${where}: ${what}`);
};

async function look(browser, file, size, scheme) {
  const name = path.basename(file, '.html');
  const where = `${name} ${size} ${scheme}`;
  const context = await browser.newContext({viewport: SIZES[size], colorScheme: scheme, isMobile: size === 'phone'});
  const page = await context.newPage();
  const requests = [];
  page.on('console', (message) => fault(where, `console: ${message.text()}`));
  page.on('pageerror', (error) => fault(where, `error: ${error.message}`));
  page.on('dialog', (dialog) => { fault(where, `dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => requests.push(request.url()));
  const url = pathToFileURL(file).href;
  await page.goto(url, {waitUntil: 'load'});
  await page.waitForTimeout(200);
  if (requests.length !== 1 || requests[0] !== url) fault(where, `requests: ${requests.join(' ')}`);
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
  if (wide > 0) fault(where, `${wide} pixels wider than the window`);
  // An IPv4 address with its port is never broken: "192. 0.2. 26:2 5" is not read as one.
  const broken = await page.evaluate(() => [...document.querySelectorAll('.address')].filter((element) => {
    if (!/^(> )?[0-9.]+(:[0-9]+)?$/.test(element.textContent)) return false;
    const text = document.createRange();
    text.selectNodeContents(element);
    return new Set([...text.getClientRects()].map((box) => Math.round(box.top))).size > 1;
  }).map((element) => element.textContent));
  if (broken.length) fault(where, `${broken.length} addresses are broken: ${broken[0]}`);
  await page.screenshot({path: path.join(pictures, `${name}-${size}-${scheme}.png`), fullPage: true});
  await page.screenshot({path: path.join(pictures, `${name}-${size}-${scheme}-top.png`)});

  await page.evaluate(axe);
  const result = await page.evaluate((tags) => window.axe.run(document, {runOnly: {type: 'tag', values: tags}}), TAGS);
  for (const violation of result.violations)
    for (const node of violation.nodes.slice(0, 3))
      fault(where, `axe ${violation.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`);
  if (result.passes.length < 10) fault(where, `axe ran ${result.passes.length} rules only`);

  if (size === 'desktop' && scheme === 'light') {
    await page.pdf({path: path.join(pictures, `${name}.pdf`), format: 'A4', preferCSSPageSize: true});
    if (!await page.evaluate(() => document.title)) fault(where, 'no title');
  }
  await context.close();
}

/// That the policy holds: a script and a picture put into the page must come to nothing, and be told.
async function refused(browser, file) {
  const broken = path.join(folder, 'broken.html');
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(broken, text.replace('</main>', '<script>document.title = "ran"</script><img src="file:///etc/hosts"></main>'));
  const context = await browser.newContext();
  const page = await context.newPage();
  const told = [];
  page.on('console', (message) => told.push(message.text()));
  await page.goto(pathToFileURL(broken).href, {waitUntil: 'load'});
  await page.waitForTimeout(200);
  if (await page.title() === 'ran') fault('policy', 'a script ran');
  if (told.filter((line) => line.includes('Content Security Policy')).length < 2) fault('policy', `not told: ${told}`);
  await context.close();
  fs.rmSync(broken);
}

/// What stands first: whose report it is, and the verdict.
async function shown(browser, file) {
  const context = await browser.newContext({viewport: {width: 1000, height: 850}});
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href, {waitUntil: 'load'});
  await page.screenshot({path: picture});
  await context.close();
}

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({executablePath, args: process.getuid() === 0 ? ['--no-sandbox'] : []});
const pages = fs.readdirSync(path.join(folder, 'pages')).filter((f) => f.endsWith('.html')).sort();
for (const file of pages.map((f) => path.join(folder, 'pages', f)))
  for (const size of Object.keys(SIZES))
    for (const scheme of ['light', 'dark']) await look(browser, file, size, scheme);
await refused(browser, path.join(folder, 'pages', pages[0]));
if (picture) await shown(browser, path.join(folder, 'pages', 'all.html'));
await browser.close();
console.log(`${pages.length} pages, ${pages.length * 4} views: ${faults === 0 ? 'in order' : `${faults} faults`}`);
process.exit(faults === 0 ? 0 : 1);
