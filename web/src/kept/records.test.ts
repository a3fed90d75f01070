import { expect, test } from 'vitest';
import { memoryShelf } from './memory-shelf.ts';
import { createRecords } from './records.ts';

interface Word {
  id: string;
  text: string;
}

function open(shelf = memoryShelf<Word>()) {
  let told = 0;
  const records = createRecords<Word>(shelf, () => {
    told += 1;
  });
  return { shelf, records, told: () => told };
}

const texts = (words: readonly Word[]) => words.map(({ text }) => text).sort();

test('what is written shows at once and is on the shelf when it has settled', async () => {
  const { shelf, records, told } = open();
  records.write([{ id: '1', text: 'one' }]);
  expect(texts(records.all.get())).toEqual(['one']);
  await records.settled();
  expect(texts(await shelf.readAll())).toEqual(['one']);
  expect(told()).toBe(1);
});

test('puts and removes arrive together', async () => {
  const { shelf, records } = open();
  records.write([{ id: '1', text: 'typed' }]);
  records.write([{ id: '2', text: 'handed over' }], ['1']);
  await records.settled();
  expect(texts(await shelf.readAll())).toEqual(['handed over']);
});

test('what another tab wrote is taken over', async () => {
  const { shelf, records } = open();
  records.write([{ id: '1', text: 'mine' }]);
  await records.settled();
  await shelf.write([{ id: '2', text: 'theirs' }], ['1']);
  await records.refresh();
  expect(texts(records.all.get())).toEqual(['theirs']);
});

test('a look at the shelf does not take back what is being typed', async () => {
  const { shelf, records } = open();
  records.write([{ id: '1', text: 'o' }]);
  await records.settled();
  const release = shelf.hold();
  records.write([{ id: '1', text: 'on' }]);
  await records.refresh();
  expect(texts(records.all.get())).toEqual(['on']);
  release();
  await records.settled();
  await records.refresh();
  expect(texts(records.all.get())).toEqual(['on']);
});

test('a removal under way is not undone by a look at the shelf', async () => {
  const { shelf, records } = open();
  records.write([{ id: '1', text: 'gone' }]);
  await records.settled();
  const release = shelf.hold();
  records.write([], ['1']);
  await records.refresh();
  expect(records.all.get()).toEqual([]);
  release();
});

test('a shelf that refuses costs nothing, is said, and gets everything once it takes it again', async () => {
  const { shelf, records } = open();
  records.write([{ id: '0', text: 'before' }]);
  await records.settled();
  shelf.refuse(true);
  records.write([{ id: '1', text: 'one' }], ['0']);
  await records.settled();
  expect(records.kept.get()).toBe(false);
  await records.refresh();
  expect(texts(records.all.get())).toEqual(['one']);
  shelf.refuse(false);
  records.write([{ id: '2', text: 'two' }]);
  await records.settled();
  expect(records.kept.get()).toBe(true);
  expect(texts(await shelf.readAll())).toEqual(['one', 'two']);
});

test('a shelf that cannot be read is said, and memory stays', async () => {
  const { shelf, records } = open();
  shelf.refuse(true);
  records.write([{ id: '1', text: 'one' }]);
  await records.refresh();
  expect(records.kept.get()).toBe(false);
  expect(texts(records.all.get())).toEqual(['one']);
});

test('all is said to be kept again only when the last letter is on the shelf, too', async () => {
  const { shelf, records } = open();
  shelf.refuse(true);
  records.write([{ id: '1', text: 'o' }]);
  await records.settled();
  shelf.refuse(false);
  records.write([{ id: '1', text: 'on' }]);
  const release = shelf.hold();
  records.write([{ id: '1', text: 'one' }]);
  await new Promise(setImmediate);
  expect(records.kept.get()).toBe(false);
  release();
  await records.settled();
  expect(records.kept.get()).toBe(true);
});

test('what is written while room is made for an earlier letter is not written over by it', async () => {
  const { shelf, records } = open();
  const giveUp = shelf.offerRoom();
  shelf.refuse(true);
  records.write([{ id: '1', text: 'o' }]);
  await new Promise(setImmediate);
  shelf.refuse(false);
  records.write([{ id: '1', text: 'on' }]);
  await new Promise(setImmediate);
  giveUp();
  await records.settled();
  expect(texts(await shelf.readAll())).toEqual(['on']);
  expect(records.kept.get()).toBe(true);
});

test('where room can be made, nothing is said', async () => {
  const { shelf, records } = open();
  const giveUp = shelf.offerRoom();
  const said: boolean[] = [];
  records.kept.subscribe(() => said.push(records.kept.get()));
  shelf.refuse(true);
  records.write([{ id: '1', text: 'one' }]);
  await new Promise(setImmediate);
  shelf.refuse(false);
  giveUp();
  await records.settled();
  expect(said).toEqual([]);
  expect(texts(await shelf.readAll())).toEqual(['one']);
});
