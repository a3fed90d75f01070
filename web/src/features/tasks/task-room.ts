import type { QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Api } from '../../api/client.ts';
import type { Store } from '../../store.ts';
import type { DraftStore } from './drafts.ts';

/** One short message about what just happened, and the way back where there is one. */
export interface Notice {
  text: string;
  tone: 'done' | 'failed';
  undo?: () => void;
}

/** What the work on tasks needs, all of it of one user. */
export interface TaskRoom {
  api: Api;
  queries: QueryClient;
  drafts: DraftStore;
  notice: Store<Notice | undefined>;
  newId: () => string;
}

export const TaskRoomContext = createContext<TaskRoom | undefined>(undefined);

/** The room of the signed-in user; only inside of a TaskRoomContext. */
export function useTaskRoom(): TaskRoom {
  const room = useContext(TaskRoomContext);
  if (room === undefined) throw new Error('useTaskRoom needs a TaskRoomContext around it');
  return room;
}

const quoteMaxLength = 60;

/** A title in quotation marks, cut to what fits into a message. */
export function quoted(title: string): string {
  const characters = Array.from(title.trim());
  const cut = characters.length > quoteMaxLength;
  return `“${cut ? `${characters.slice(0, quoteMaxLength).join('')}…` : characters.join('')}”`;
}
