import { expect, type Page } from '@playwright/test';
import { add } from './people.ts';

/** What stands in the "New task" field, and below in the editor. */
export const halfTyped = 'Ask Quentin about the ze';
const halfEdited = { title: 'Marmalade for Osl', description: 'Two jars, and the rec' };

/** A task that is saved, with an editor open over it, and a new one: both half typed. */
export async function leaveHalfTyped(page: Page): Promise<void> {
  await add(page, 'Marmalade');
  await expect(page.getByText(/Saving…/)).toHaveCount(0);
  await page.getByRole('button', { name: 'Edit Marmalade' }).click();
  await page.getByLabel('Title').fill(halfEdited.title);
  await page.getByLabel('Description').fill(halfEdited.description);
  await page.getByLabel('New task').fill(halfTyped);
}

export async function expectHalfTyped(page: Page): Promise<void> {
  await expect(page.getByLabel('Title')).toHaveValue(halfEdited.title);
  await expect(page.getByLabel('Description')).toHaveValue(halfEdited.description);
  await expect(page.getByLabel('New task')).toHaveValue(halfTyped);
}

/** Types the rest and hands both over. */
export async function finishTyping(page: Page): Promise<void> {
  await page.getByLabel('Title').fill('Marmalade for Oslo');
  await page.getByLabel('Title').press('Enter');
  await page.getByLabel('New task').fill('Ask Quentin about the zebras');
  await page.getByLabel('New task').press('Enter');
}

/** What the server has then. */
export const finished = ['Marmalade for Oslo', 'Ask Quentin about the zebras'];
