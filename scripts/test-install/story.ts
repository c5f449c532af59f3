import {
  compare,
  demand,
  fails,
  keysThere,
  NODE,
  pid,
  SERVICE,
  type Stage,
  upgradeByFile,
  versionThere,
  withoutState,
} from './witness.ts';

/** One part of the life on a host; each goes on where the one before ended. */
interface Part {
  name: string;
  work(stage: Stage): Promise<void>;
}

/** Opens the inspector in the daemon and lets its loop turn for ever. */
const BLOCK = `fetch('http://127.0.0.1:9229/json').then(r => r.json()).then(([one]) => {
  const socket = new WebSocket(one.webSocketDebuggerUrl);
  socket.onopen = () => { socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'for(;;);' } })); setTimeout(() => process.exit(), 500); };
});`;

export const STORY: readonly Part[] = [
  {
    name: 'install: it runs, is healthy, and the first admin is told once',
    work: async stage => {
      const { container, first, release } = stage;
      container.write('/root/secret', 's3cret\n');
      const flags = '--fqdn pbx.example.com --client-id relay --client-secret-file /root/secret --yes';
      const said = await container.must(`${release(first)}/install.sh ${flags}`);
      demand(/The first admin is admin, the password \S+ \(shown only now\)/.test(said), 'an admin is made');
      demand((await versionThere(stage)) === first, 'it answers');
      demand(
        (await container.must(`systemctl is-enabled ${SERVICE}`)) === 'enabled',
        'it starts with the machine',
      );
      const user = await container.must(`stat -c %U /proc/${await pid(stage)}`);
      demand(user === '3cxrelay', 'it is not root');
      await container.must('3cx-relay keys create --name wallboard --permission read');
      await container.must(`systemctl reload ${SERVICE}`);
    },
  },
  {
    name: 'the second and third time there is nothing to do',
    work: async ({ container, release, first }) => {
      const before = await container.picture();
      for (const line of [`${release(first)}/install.sh --yes`, '3cx-relay install --repair --yes']) {
        demand((await container.must(line)).includes('Nothing to do'), `${line} has nothing to do`);
      }
      compare(withoutState(before), withoutState(await container.picture()));
    },
  },
  {
    name: 'through the nginx of the machine, by TLS only; gone after an update of 3CX, and brought back',
    work: async ({ container }) => {
      const ask = (url: string): string =>
        `NODE_TLS_REJECT_UNAUTHORIZED=0 ${NODE} --no-warnings -e "fetch('${url}/relay/health').then(async r => console.log(r.status, (await r.text()).slice(0, 9)))"`;
      const isOurs = async () => (await container.run(ask('https://127.0.0.1'))).output.includes('{"status"');
      await container.until('nginx leads to the relay', isOurs);
      demand((await container.must(ask('http://127.0.0.1'))).startsWith('403'), 'plain http is refused');
      await container.must('rm /var/lib/3cxpbx/Bin/nginx/conf/snippets/* && systemctl reload nginx');
      await container.until('nginx does not', async () => !(await isOurs()));
      await container.must('3cx-relay install --repair --yes');
      await container.until('nginx leads to the relay again', isOurs);
    },
  },
  {
    name: 'killed it is started again',
    work: async stage => {
      const before = await pid(stage);
      await stage.container.must(`systemctl kill -s KILL ${SERVICE}`);
      await stage.container.until('another one answers', async () => {
        const now = await pid(stage);
        return now !== '0' && now !== before && (await versionThere(stage)) === stage.first;
      });
    },
  },
  {
    name: 'with a loop that stands still it is started again',
    work: async stage => {
      const { container } = stage;
      await container.must(
        `mkdir -p /run/systemd/system/${SERVICE}.d && printf '[Service]\\nWatchdogSec=3s\\n' > /run/systemd/system/${SERVICE}.d/quick.conf && systemctl daemon-reload && systemctl restart ${SERVICE}`,
      );
      const before = await pid(stage);
      await container.must(`kill -USR1 ${before}`);
      container.write('/root/block.js', BLOCK);
      await container.until(
        'the inspector is there',
        async () => (await container.run(`${NODE} /root/block.js`)).code === 0,
      );
      await container.until('another one answers', async () => {
        const now = await pid(stage);
        return now !== '0' && now !== before && (await versionThere(stage)) === stage.first;
      });
      const lines = await container.must(`journalctl -u ${SERVICE} --no-pager`);
      demand(/[Ww]atchdog timeout/.test(lines), 'it was the watchdog');
      await container.must(
        `rm -r /run/systemd/system/${SERVICE}.d && systemctl daemon-reload && systemctl restart ${SERVICE}`,
      );
    },
  },
  {
    name: 'with a wrong configuration it is not started again and again',
    work: async stage => {
      const { container } = stage;
      await container.must(
        "cp -p /etc/3cx-relay/relay.env /root/right.env; echo 'PORT=none' >> /etc/3cx-relay/relay.env",
      );
      await container.run(`systemctl restart ${SERVICE}`);
      await container.until('it has failed', async () => {
        const state = await container.must(
          `systemctl show -p ActiveState,NRestarts,ExecMainStatus ${SERVICE}`,
        );
        return state.includes('ActiveState=failed') && state.includes('ExecMainStatus=78');
      });
      await container.must(
        `cp -p /root/right.env /etc/3cx-relay/relay.env && systemctl reset-failed ${SERVICE} && systemctl restart ${SERVICE}`,
      );
    },
  },
  {
    name: 'upgrade: the new version runs, with all data',
    work: async stage => {
      await upgradeByFile(stage);
      demand((await keysThere(stage)) === 'wallboard', 'its keys are there');
    },
  },
  {
    name: 'a version that does not come up: back by itself, the reason last, data intact',
    work: async stage => {
      for (const version of ['9.0.2', '9.0.3']) {
        const last = await fails(stage, `3cx-relay upgrade ${stage.release(version)} --yes`);
        demand(last.startsWith('The reason: '), `the reason comes last, and not: ${last}`);
        demand((await versionThere(stage)) === '9.0.1', 'the version before answers');
        demand((await keysThere(stage)) === 'wallboard', 'its keys are there');
      }
      const kept = await stage.container.must('ls -A /opt/3cx-relay/releases');
      demand(
        kept.split('\n').join(' ') === `${stage.first} 9.0.1`,
        `two versions are kept, and not: ${kept}`,
      );
    },
  },
  {
    name: 'rollback: the version before runs, with the data of now or with those of then',
    work: async stage => {
      await stage.container.must('3cx-relay keys create --name later --permission read');
      await stage.container.must('3cx-relay rollback --yes');
      demand((await versionThere(stage)) === stage.first, 'the version before answers');
      demand((await keysThere(stage)) === 'later,wallboard', 'the keys of now are there');
      await upgradeByFile(stage);
      await stage.container.must('3cx-relay keys create --name last --permission read');
      await stage.container.must('3cx-relay rollback --restore --yes');
      demand((await versionThere(stage)) === stage.first, 'the version before answers again');
      demand((await keysThere(stage)) === 'later,wallboard', 'the keys of then are there');
    },
  },
  {
    name: 'support mode: nothing is seen, and all comes back',
    work: async stage => {
      const { container } = stage;
      await container.must('3cx-relay support-mode on --yes');
      const seen = await container.run(
        `systemctl status ${SERVICE}; command -v 3cx-relay; ls /var/lib/3cxpbx/Bin/nginx/conf/snippets`,
      );
      demand(
        /could not be found/.test(seen.output) && !/snippets\/60|bin\/3cx/.test(seen.output),
        `nothing is seen: ${seen.output}`,
      );
      await container.must('/opt/3cx-relay/current/bin/3cx-relay support-mode off --yes');
      demand((await keysThere(stage)) === 'later,wallboard', 'its keys are there');
    },
  },
  {
    name: 'uninstall leaves settings and data; purge leaves nothing, and nothing of others was touched',
    work: async stage => {
      const { container, before } = stage;
      await container.must('3cx-relay uninstall --yes');
      await container.must(
        'test -f /var/lib/3cx-relay/state.db && test -f /etc/3cx-relay/relay.env && ! test -e /opt/3cx-relay',
      );
      await container.must(`${stage.release(stage.first)}/install.sh --yes`);
      demand((await keysThere(stage)) === 'later,wallboard', 'a new install finds the data again');
      await container.must('3cx-relay uninstall --purge --yes');
      compare(before, await container.picture());
      const left = await container.run(
        'ls /run/3cx-relay; grep -r 3cxrelay /etc/passwd /etc/group; systemctl list-units --all | grep 3cx-relay',
      );
      demand(
        !/3cx-?relay(\.service|:)/.test(left.output.replaceAll(/cannot access.*/g, '')),
        `nothing is left: ${left.output}`,
      );
    },
  },
];
