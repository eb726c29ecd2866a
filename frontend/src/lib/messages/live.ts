import { count } from '../numbers';

export const liveMessages = {
  live: {
    offline: 'You are offline. What you see may be old; it is fetched anew when the network is back.',
    added: (n: number) => (n === 1 ? '1 new finding' : `${count(n)} new findings`),
    gone: (n: number) => (n === 1 ? '1 finding has gone' : `${count(n)} findings have gone`),
    show: 'Show',
  },
} as const;
