import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
  stripSearchParams,
} from '@tanstack/react-router';
import { Shell } from '../components/shell.tsx';
import { isUnsent } from '../drafts/drafts.ts';
import { AccountPage } from '../features/account/account-page.tsx';
import { SessionEnded } from '../features/session/session-ended.tsx';
import { SomeoneElse } from '../features/session/someone-else.tsx';
import { SignInPage } from '../features/sign-in/sign-in-page.tsx';
import { SignUpPage } from '../features/sign-in/sign-up-page.tsx';
import { taskStatuses } from '../features/tasks/task-pages.ts';
import { TaskRoomContext } from '../features/tasks/task-room.ts';
import { TasksPage } from '../features/tasks/tasks-page.tsx';
import type { TaskStatus } from '../outbox/overlay.ts';
import { nextPath } from '../session/next-path.ts';
import { useStore } from '../use-store.ts';
import { AccountMenu } from './account-menu.tsx';
import { NotFoundPage, PendingPage, UnavailablePage } from './failure-pages.tsx';
import type { Services } from './services.ts';

const rootRoute = createRootRouteWithContext<Services>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: UnavailablePage,
});

/** Everything that is one person's: there is a session, or there was until a moment ago. */
const ownRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'own',
  async beforeLoad({ context, location }) {
    const { workspace } = await context.session.load();
    if (workspace) return;
    const next = nextPath(location.href);
    throw redirect({ to: '/sign-in', search: next === '/' ? {} : { next }, replace: true });
  },
  component: OwnPages,
});

function OwnPages() {
  const { session } = ownRoute.useRouteContext();
  const { status, workspace, other } = useStore(session.state);
  // Between signing out and the page that begins anew, nothing of the person stays on the screen.
  if (workspace === undefined || status === 'signed-out') return null;
  const { user, changes } = workspace;
  const unsent = changes.all.get().filter(isUnsent).length;
  if (status === 'someone-else') {
    return (
      <Shell>
        <SomeoneElse
          user={user}
          other={other}
          unsent={unsent}
          signIn={session.signIn}
          goOn={() => void session.leave()}
        />
      </Shell>
    );
  }
  return (
    <TaskRoomContext key={user.id} value={workspace}>
      <Shell account={<AccountMenu session={session} workspace={workspace} />}>
        <Outlet />
      </Shell>
      {status === 'ended' && (
        <SessionEnded
          user={user}
          unsent={unsent}
          signIn={session.signIn}
          leave={() => void session.leave()}
        />
      )}
    </TaskRoomContext>
  );
}

const tasksRoute = createRoute({
  getParentRoute: () => ownRoute,
  path: '/',
  validateSearch: (search: Record<string, unknown>): { status: TaskStatus } => ({
    status: taskStatuses.find((status) => status === search['status']) ?? 'open',
  }),
  search: { middlewares: [stripSearchParams({ status: 'open' })] },
  component: TasksRoute,
});

function TasksRoute() {
  const { status } = tasksRoute.useSearch();
  return <TasksPage status={status} />;
}

const accountRoute = createRoute({
  getParentRoute: () => ownRoute,
  path: '/account',
  component: function AccountRoute() {
    const { session } = ownRoute.useRouteContext();
    const { workspace } = useStore(session.state);
    if (workspace === undefined) return null;
    return (
      <AccountPage
        client={workspace.account}
        user={workspace.user}
        queries={workspace.queries}
        onPasswordChanged={session.announceNewPassword}
        onDevicesEnded={() => undefined}
        onSessionEnded={(reason) => session.end(workspace, reason)}
      />
    );
  },
});

const guestRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'guest',
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = nextPath(search['next']);
    return next === '/' ? {} : { next };
  },
  async beforeLoad({ context, search }) {
    const { workspace } = await context.session.load();
    if (workspace) throw redirect({ href: nextPath(search.next), replace: true });
  },
});

const signInRoute = createRoute({
  getParentRoute: () => guestRoute,
  path: '/sign-in',
  component: function SignInRoute() {
    const { session, awaited } = signInRoute.useRouteContext();
    return (
      <Shell>
        <SignInPage signIn={session.signIn} awaited={awaited} search={signInRoute.useSearch()} />
      </Shell>
    );
  },
});

const signUpRoute = createRoute({
  getParentRoute: () => guestRoute,
  path: '/sign-up',
  component: function SignUpRoute() {
    const { session, signUp } = signUpRoute.useRouteContext();
    return (
      <Shell>
        <SignUpPage signUp={signUp} signIn={session.signIn} search={signUpRoute.useSearch()} />
      </Shell>
    );
  },
});

const routeTree = rootRoute.addChildren([
  ownRoute.addChildren([tasksRoute, accountRoute]),
  guestRoute.addChildren([signInRoute, signUpRoute]),
]);

/** The router of the page; it follows the session wherever that leads. */
export function createAppRouter(services: Services) {
  const router = createRouter({
    routeTree,
    context: services,
    defaultPendingComponent: PendingPage,
    defaultPendingMs: 300,
    scrollRestoration: false,
  });
  let hadWorkspace = false;
  services.session.state.subscribe(() => {
    const { status, workspace } = services.session.state.get();
    // Who has just signed in goes on to where they wanted to be.
    const hasEntered = status === 'active' && workspace !== undefined;
    if (hasEntered && !hadWorkspace) void router.invalidate();
    hadWorkspace ||= hasEntered;
  });
  router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
    if (fromLocation && pathChanged) focusHeading();
  });
  return router;
}

/** A new page begins at its heading, unless it has put the focus to use already. */
function focusHeading(): void {
  if (document.activeElement !== document.body) return;
  document.querySelector<HTMLElement>('main h1')?.focus();
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
