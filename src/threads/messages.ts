import type { FailureData } from './failure-data.ts';

// What a thread and whoever began it say to each other: what comes together in one text.

/** To the thread. */
export interface ToThread<Question> {
  /** Asked by the one who began it. */
  asked: { id: number; question: Question }[];
  /** What has become of what the thread told. */
  heard: Settled<undefined>[];
  /** Nothing more is asked: end, once what has begun is done. */
  isEnd: boolean;
}

/** From the thread. */
export interface FromThread<Answer, Told> {
  answered: Settled<Answer>[];
  told: { id: number; told: Told }[];
}

/** One of both, under the number of what was asked. */
export interface Settled<Answer> {
  id: number;
  answer?: Answer;
  failure?: FailureData;
}
