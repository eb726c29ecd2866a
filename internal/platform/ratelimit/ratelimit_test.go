package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that only moves when told to.
type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time           { return time.Unix(1_700_000_000, c.ns.Load()) }
func (c *clock) advance(d time.Duration)  { c.ns.Add(int64(d)) }
func limiter(c *clock, l Config) *Limiter { l.Now = c.now; return New(l) }

func TestABurstAndThenTheRate(t *testing.T) {
	t.Parallel()
	var c clock
	l := limiter(&c, Config{Rate: 10, Burst: 60, Callers: 100})
	for i := range 60 {
		if d := l.Allow("a"); !d.Allowed || d.Remaining != 59-i || d.Reset != time.Duration(i+1)*100*time.Millisecond || d.RetryAfter != 0 {
			t.Fatalf("request %d: %+v", i, d)
		}
	}
	if d := l.Allow("a"); d.Allowed || d.Remaining != 0 || d.RetryAfter != 100*time.Millisecond || d.Reset != 6*time.Second {
		t.Errorf("beyond the burst: %+v", d)
	}
	c.advance(99 * time.Millisecond)
	if d := l.Allow("a"); d.Allowed || d.RetryAfter != time.Millisecond {
		t.Errorf("a moment too early: %+v", d)
	}
	c.advance(time.Millisecond)
	if d := l.Allow("a"); !d.Allowed {
		t.Errorf("after Retry-After: %+v", d)
	}
	if d := l.Allow("a"); d.Allowed {
		t.Errorf("refused requests gave more: %+v", d)
	}
	if d := l.Allow("b"); !d.Allowed || d.Remaining != 59 {
		t.Errorf("another caller: %+v", d)
	}
	c.advance(time.Hour)
	if d := l.Allow("a"); !d.Allowed || d.Remaining != 59 {
		t.Errorf("after an hour: %+v", d)
	}
	if l.Burst() != 60 || l.Window() != 6*time.Second {
		t.Errorf("burst %d in %s", l.Burst(), l.Window())
	}
}

func TestTheRateInTheLongRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate  float64
		burst int
	}{{10, 60}, {0.5, 1}, {1000, 5}, {1.0 / 6, 10}} {
		var at clock
		l := limiter(&at, Config{Rate: c.rate, Burst: c.burst, Callers: 1})
		allowed := 0
		const minutes = 10
		for range minutes * 60 * 1000 {
			if l.Allow("a").Allowed {
				allowed++
			}
			at.advance(time.Millisecond)
		}
		want := c.rate*minutes*60 + float64(c.burst)
		if got := float64(allowed); got > want+1 || got < want*0.99-1 {
			t.Errorf("rate %g, burst %d: %d in %d minutes, want about %g", c.rate, c.burst, allowed, minutes, want)
		}
	}
}

func TestWhoIsHeldBackIsNotForgotten(t *testing.T) {
	t.Parallel()
	var c clock
	l := limiter(&c, Config{Rate: 1, Burst: 10, Callers: 1000})
	for range 20 {
		l.Allow("attacker")
	}
	before := runtimeSize(l)
	for i := range 100_000 {
		l.Allow("crowd " + strconv.Itoa(i))
	}
	if d := l.Allow("attacker"); d.Allowed {
		t.Error("a crowd of others made the limiter forget whom it holds back")
	}
	if after := runtimeSize(l); after != before {
		t.Errorf("the table grew from %d to %d places", before, after)
	}
}

func runtimeSize(l *Limiter) int { return len(l.sets) * ways }

func TestManyAtOnceGetNoMoreThanOne(t *testing.T) {
	t.Parallel()
	var c clock
	l := limiter(&c, Config{Rate: 1, Burst: 100, Callers: 1000})
	var (
		all     sync.WaitGroup
		allowed atomic.Int64
	)
	for range 16 {
		all.Go(func() {
			for range 100 {
				if l.Allow("a").Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := allowed.Load(); n != 100 {
		t.Errorf("%d of a burst of 100", n)
	}
}

// TestAMillionAddresses is the promise of the package's comment, with its figures.
func TestAMillionAddresses(t *testing.T) {
	var c clock
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l := limiter(&c, Config{Rate: 10, Burst: 60})
	const n = 1_000_000
	for i := range uint32(n) {
		l.Allow(AddressKey(netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	held, size := l.held(), after.HeapAlloc-before.HeapAlloc
	t.Logf("%d addresses: %d held (%.3f %%) in %.1f MiB", n, held, 100*float64(held)/n, float64(size)/(1<<20))
	if held < n*999/1000 || size > 40<<20 {
		t.Errorf("%d held in %d bytes", held, size)
	}
	runtime.KeepAlive(l)
}

func BenchmarkAllow(b *testing.B) {
	for _, callers := range []int{1, 1000, 1_000_000} {
		keys := make([]string, callers)
		for i := range keys {
			keys[i] = fmt.Sprintf("address 10.%d.%d.%d", i>>16, i>>8&255, i&255)
		}
		l := New(Config{Rate: 10, Burst: 60})
		b.Run(strconv.Itoa(callers)+" callers", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					l.Allow(keys[rand.IntN(callers)])
				}
			})
		})
	}
}
