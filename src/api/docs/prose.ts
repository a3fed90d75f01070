import { type Html, html } from './html.ts';

/** A sentence of the contract as markup: what stands between backticks becomes code. */
export function prose(text: string): Html {
  const parts = text.split('`');
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}
