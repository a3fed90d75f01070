import type { QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Api } from '../../api/client.ts';
import type { DraftRoom } from '../../drafts/drafts.ts';
import type { Change } from '../../outbox/change.ts';
import type { Outbox } from '../../outbox/outbox.ts';
import type { Store } from '../../store.ts';
import { useStore } from '../../use-store.ts';

/** One short message about what just happened, and the way back where there is one. */
export interface Notice {
  text: string;
  undo?: () => void;
}

/** What the work on tasks needs, all of it of one user. */
export interface TaskRoom extends DraftRoom {
  api: Api;
  queries: QueryClient;
  outbox: Outbox;
  notice: Store<Notice | undefined>;
  /** False from the first request without an answer to the next one with one. */
  isReachable: Store<boolean>;
}

export const TaskRoomContext = createContext<TaskRoom | undefined>(undefined);

/** The room of the signed-in user; only inside of a TaskRoomContext. */
export function useTaskRoom(): TaskRoom {
  const room = useContext(TaskRoomContext);
  if (room === undefined) throw new Error('useTaskRoom needs a TaskRoomContext around it');
  return room;
}

/** Everything the person has typed or done that the server does not have yet. */
export function useChanges(): readonly Change[] {
  return useStore(useTaskRoom().changes.all);
}

const quoteMaxLength = 60;

/** A title in quotation marks, cut to what fits into a message. */
export function quoted(title: string): string {
  const characters = Array.from(title.trim());
  const cut = characters.length > quoteMaxLength;
  return `“${cut ? `${characters.slice(0, quoteMaxLength).join('')}…` : characters.join('')}”`;
}
