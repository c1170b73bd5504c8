import { useEffect, useRef } from 'preact/hooks';
import { KeyField } from './parts/key-field.js';
import { CoordinationPage } from './pages/coordination-page.js';
import { FeedPage } from './pages/feed-page.js';
import { PerformancePage } from './pages/performance-page.js';
import { ProjectionsPage } from './pages/projections-page.js';
import { WhatIfPage } from './pages/what-if-page.js';
import { hashOf } from './address.js';
import { useRoute } from './use-route.js';

const PAGES = [
  { at: '', title: 'Coordinations' },
  { at: 'performance', title: 'Performance' },
  { at: 'what-if', title: 'What if' },
  { at: 'operations', title: 'Operations' },
] as const;

export function App() {
  const [page = '', id] = useRoute();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${id ?? PAGES.find(({ at }) => at === page)?.title ?? 'Coordination'} · Coordination console`;
    // whoever reads by keyboard or by ear starts at the new page, not at the link that led there
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [page, id]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={hashOf()}>
          Coordination <span>console</span>
        </a>
        <nav aria-label="Pages">
          {PAGES.map(({ at, title }) => (
            <a
              key={at}
              href={hashOf(at)}
              aria-current={page === at || (at === '' && page === 'coordination') ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
          <a href="/docs">API</a>
        </nav>
        <KeyField />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {page === '' && <FeedPage />}
        {page === 'coordination' && id !== undefined && <CoordinationPage key={id} id={id} />}
        {page === 'performance' && <PerformancePage />}
        {page === 'operations' && <ProjectionsPage />}
        {page === 'what-if' && <WhatIfPage key={id ?? ''} id={id ?? null} />}
        {(page === 'coordination' && id === undefined) ||
        !['', 'coordination', 'performance', 'operations', 'what-if'].includes(page) ? (
          <section class="empty">
            <h1>There is no such page</h1>
            <p>
              <a href={hashOf()}>Back to the coordinations</a>
            </p>
          </section>
        ) : null}
      </main>
    </>
  );
}
