import type { Journal } from '../core/log/journal.ts';
import type { ErrorTracker } from '../health/errors/error-tracker.ts';
import type { HealthBoard } from '../health/health-board.ts';
import type { RelayServer } from '../outlets/relay/relay-server.ts';

interface MetricsParts {
  journal: Journal;
  board: HealthBoard;
  errors: Pick<ErrorTracker, 'totals'>;
  openCalls: () => number;
  relay: () => RelayServer;
  slowClients: () => number;
}

interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  values: { labels?: Record<string, string>; value: number }[];
}

/** Prometheus text. Labels are few and fixed: no number, no call id, no key. */
export function metricsText({ journal, board, errors, openCalls, relay, slowClients }: MetricsParts): string {
  const clients = relay().clients();
  const lag = clients.map(({ stream }) => journal.head - stream.state.position);
  const metrics: Metric[] = [
    gauge('relay_journal_head', 'Seq of the newest entry', journal.head),
    gauge('relay_journal_oldest', 'Seq of the oldest entry held', journal.oldest),
    gauge('relay_journal_bytes', 'Size of the journal', journal.bytes),
    gauge(
      'relay_journal_durable',
      '1 while entries are on disk before they are delivered',
      journal.isDurable ? 1 : 0,
    ),
    gauge('relay_open_calls', 'Calls open now', openCalls()),
    gauge('relay_clients', 'Connected clients, by WebSocket or event stream', clients.length),
    gauge('relay_client_lag_max', 'Entries the slowest client is behind', Math.max(0, ...lag)),
    counter('relay_slow_clients_total', 'Clients cut because they took nothing', slowClients()),
    gauge('relay_uptime_seconds', 'Seconds since the start', board.uptimeSeconds()),
    gauge('process_resident_memory_bytes', 'Resident memory', process.memoryUsage.rss()),
    {
      name: 'relay_component_up',
      help: '1 when the component is up',
      type: 'gauge',
      values: board
        .components()
        .map(({ component, state }) => ({ labels: { component }, value: state === 'up' ? 1 : 0 })),
    },
    {
      name: 'relay_incidents_total',
      help: 'Survived surprises by code',
      type: 'counter',
      values: [...errors.totals()].map(([code, value]) => ({ labels: { code }, value })),
    },
  ];
  return metrics.map(metricText).join('');
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', values: [{ value }] };
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', values: [{ value }] };
}

function metricText({ name, help, type, values }: Metric): string {
  const lines = values.map(({ labels = {}, value }) => {
    const list = Object.entries(labels).map(([key, text]) => `${key}="${text.replaceAll(/["\\\n]/g, '_')}"`);
    return `${name}${list.length > 0 ? `{${list.join(',')}}` : ''} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
