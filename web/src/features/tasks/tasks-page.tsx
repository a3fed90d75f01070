import { useState } from 'react';
import { useDocumentTitle } from '../../components/use-document-title.ts';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { FilterNav } from './filter-nav.tsx';
import { NewTaskForm } from './new-task-form.tsx';
import { NoticeBar } from './notice-bar.tsx';
import { SearchField } from './search-field.tsx';
import { TaskList } from './task-list.tsx';
import { UnsavedTasks } from './unsaved-tasks.tsx';
import { UnsentStatus } from './unsent-status.tsx';

const titles: Record<TaskStatus, string> = {
  open: 'Open tasks',
  completed: 'Completed tasks',
  all: 'All tasks',
};

export function TasksPage({ status }: { status: TaskStatus }) {
  useDocumentTitle(titles[status]);
  // Not in the address, nor in the title: the browser's history is there for the next person too.
  const [q, setQ] = useState('');
  return (
    <>
      <h1 tabIndex={-1} className="text-3xl font-semibold tracking-tight">
        Tasks
      </h1>
      <UnsentStatus />
      <NewTaskForm />
      <UnsavedTasks />
      <div className="mt-8 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <FilterNav current={status} />
        <SearchField onSearch={setQ} />
      </div>
      <TaskList key={status} status={status} q={q} />
      <NoticeBar />
    </>
  );
}
