package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/handlers/session"
	"github.com/threatwerk/threatwerk/internal/platform/ratelimit"
)

func TestNamesAreRememberedForAWhileAndInBounds(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	k := newKnown(session.Cookies{}, func() time.Time { return at })
	k.remember("a", "person 1")
	at = at.Add(knownLife + time.Second)
	k.remember("b", "token 2")
	if k.find("a") != "person 1" || k.find("b") != "token 2" || k.find("c") != "" || k.find("") != "" {
		t.Errorf("a is %q, b %q, c %q", k.find("a"), k.find("b"), k.find("c"))
	}
	at = at.Add(knownLife + time.Second)
	if k.find("a") != "" || k.find("b") != "token 2" {
		t.Errorf("after a while a is %q and b %q", k.find("a"), k.find("b"))
	}
	k.forget("b")
	if k.find("b") != "" {
		t.Error("what was forgotten is known")
	}
	for i := range 5 * knownCallers {
		k.remember(fmt.Sprint(i), "person 1")
	}
	if n := len(k.young) + len(k.old); n > 2*knownCallers {
		t.Errorf("%d are remembered", n)
	}
	at = at.Add(3 * knownLife)
	if k.find(fmt.Sprint(5*knownCallers-1)) != "" {
		t.Error("remembered for ever")
	}
}

func BenchmarkKnown(b *testing.B) {
	k := newKnown(session.Cookies{}, time.Now)
	const token = "twk_0123456789012345678901234567890123456789012"
	k.remember(token, "token 7")
	r := httptest.NewRequest(http.MethodGet, "/api/v1/findings", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	l := Limits{Requests: ratelimit.New(ratelimit.Config{Rate: 1e6, Burst: 1e6}), Caller: k.caller}
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for name, h := range map[string]http.Handler{"limited": addressed(1, limited(l, next)), "not": next} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
	b.Run("name alone", func(b *testing.B) {
		for b.Loop() {
			_ = k.caller(r)
		}
	})
}
