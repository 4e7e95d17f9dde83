// usage: node jira.mjs REPORT.jira ...
//
// Reads reports in Jira's markup with Atlassian's own parser and compares them with the JSON beside them: nothing in them may have
// become a mention, a link, an image, a macro or an emoji, and what the JSON says must be shown.
// Exit: 0 all hold, 1 one does not.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { WikiMarkupTransformer } = createRequire(import.meta.url)('@atlaskit/editor-wikimarkup-transformer');

const nodes = new Set(['doc', 'heading', 'paragraph', 'text', 'table', 'tableRow', 'tableHeader', 'tableCell', 'bulletList',
                       'listItem', 'codeBlock']);
const marks = new Set(['strong', 'code', 'link']);
const ours = /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+(#section-[\d.]+)?$/;
const signs = { '&#124;': '|', '&#92;': '\\', '&#58;': ':', '&#46;': '.', '&amp;': '&' };

/// What is not ours in a node; its text is added to `shown`.
function* faults(node, shown) {
  if (!nodes.has(node.type)) yield `a ${node.type}: ${JSON.stringify(node.attrs)}`;
  for (const mark of node.marks ?? []) {
    if (!marks.has(mark.type)) yield `marked ${mark.type}: ${node.text}`;
    if (mark.type === 'link' && !ours.test(mark.attrs.href)) yield `a link to ${mark.attrs.href}`;
  }
  if (node.type === 'table') {
    const widths = new Set(node.content.map((row) => row.content.length));
    if (widths.size !== 1) yield `rows of ${[...widths].join(', ')} cells`;
  }
  if (node.text) shown.push(node.text);
  for (const child of node.content ?? []) yield* faults(child, shown);
}

const bare = (text) => text.replace(/&(#124|#92|#58|#46|amp);/g, (sign) => signs[sign]).replace(/\s/g, '');

let wrong = false;
for (const path of process.argv.slice(2)) {
  const report = JSON.parse(readFileSync(path.replace(/\.jira$/, '.json'), 'utf-8'));
  const shown = [];
  const found = [...faults(new WikiMarkupTransformer().parse(readFileSync(path, 'utf-8')).toJSON(), shown)];
  const text = bare(shown.join(''));
  const facts = [report.sentence.slice(0, 600), `${report.counts.sessions} session`, ...report.findings.map((f) => f.id),
                 ...report.inputs.slice(0, 10).map((i) => i.sha256 ?? '')];
  for (const fact of facts) if (!text.includes(fact.replace(/\s/g, ''))) found.push(`not shown: ${fact.slice(0, 200)}`);
  for (const fault of found.slice(0, 5)) console.log(`${path}: ${fault}`);
  wrong ||= found.length > 0;
}
process.exit(wrong ? 1 : 0);
