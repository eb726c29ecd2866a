package account_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func testkitPool(t *testing.T, address string) *pgxpool.Pool {
	t.Helper()
	pool, err := pg.Open(t.Context(), pg.Config{URL: address, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func TestSessionsEndWhenTheyMust(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(b *bench, in account.SignedIn){
		"nothing": func(*bench, account.SignedIn) {},
		"idle":    func(b *bench, _ account.SignedIn) { b.clock.pass(12*time.Hour + time.Second) },
		"signed out": func(b *bench, in account.SignedIn) {
			if err := b.SignOut(b.as(in.Cookie)); err != nil {
				b.t.Fatal(err)
			}
		},
		"another role": func(b *bench, in account.SignedIn) {
			role := access.Viewer
			if _, err := b.ChangePerson(b.t.Context(), in.Person.ID, account.PersonChange{Role: &role}); err != nil {
				b.t.Fatal(err)
			}
		},
		"disabled": func(b *bench, in account.SignedIn) {
			status := "disabled"
			if _, err := b.ChangePerson(b.t.Context(), in.Person.ID, account.PersonChange{Status: &status}); err != nil {
				b.t.Fatal(err)
			}
		},
		"removed": func(b *bench, in account.SignedIn) {
			if err := b.RemovePerson(b.t.Context(), in.Person.ID); err != nil {
				b.t.Fatal(err)
			}
		},
		"password reset": func(b *bench, in account.SignedIn) {
			if err := b.AskReset(b.from("192.0.2.1"), in.Person.Mail); err != nil {
				b.t.Fatal(err)
			}
			link := b.mail.last(b.t, "reset", in.Person.Mail).Link
			if _, err := b.Reset(b.from("192.0.2.1"), secretOf(b.t, link), "another four words here 9"); err != nil {
				b.t.Fatal(err)
			}
		},
		"another secret": func(b *bench, _ account.SignedIn) {
			b.Store = storeOn(b.t, b.pool, b.clock, b.mail, strings.Repeat("rotated ", 5))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.admin()
			in := b.join("member@example.org", access.Analyst)
			end(b, in)
			_, _, err := b.Authenticate(b.from("192.0.2.1"), in.Cookie)
			if name == "nothing" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantKind(t, err, problem.Unauthenticated, "")
		})
	}
}

func TestCookiesAreReplacedAndOldOnesEndTheSession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	ctx := b.from("192.0.2.1")
	b.clock.pass(11 * time.Minute)
	// Many requests at once get one new cookie, and all are served.
	var wait sync.WaitGroup
	cookies := make(chan string, 20)
	for range 20 {
		wait.Go(func() {
			_, renewed, err := b.Authenticate(ctx, in.Cookie)
			if err != nil {
				t.Error(err)
			}
			if renewed != "" {
				cookies <- renewed
			}
		})
	}
	wait.Wait()
	close(cookies)
	if len(cookies) != 1 {
		t.Fatalf("%d new cookies", len(cookies))
	}
	renewed := <-cookies
	if _, again, err := b.Authenticate(ctx, renewed); err != nil || again != "" {
		t.Errorf("the new cookie: renewed %v, %v", again != "", err)
	}
	// Whoever comes later with the old one has a copy: nobody keeps the session.
	b.clock.pass(2 * time.Minute)
	_, _, err := b.Authenticate(b.from("198.51.100.7"), in.Cookie)
	wantKind(t, err, problem.Unauthenticated, "")
	_, _, err = b.Authenticate(ctx, renewed)
	wantKind(t, err, problem.Unauthenticated, "")
	if n := b.count(`select count(*) from audit_events where action = 'session.replayed' and address = '198.51.100.7'`); n != 1 {
		t.Errorf("%d records of it", n)
	}
}

func TestForgedCookiesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	parts := strings.Split(in.Cookie, ".")
	none := "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
	for name, cookie := range map[string]string{
		"empty": "", "junk": "junk", "no signature": parts[0] + "." + parts[1] + ".", "no algorithm": none + "." + parts[1] + ".",
		"another's signature": parts[0] + "." + parts[1] + "." + strings.Split(in.Device, ".")[2], "the device cookie": in.Device,
	} {
		if _, _, err := b.Authenticate(b.from("192.0.2.1"), cookie); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGuessingIsSlowedAndLocksNobodyOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	guess := func(address string) error {
		_, err := b.SignIn(b.from(address), account.Credentials{Mail: "ADMIN@example.org", Password: "wrong wrong wrong"})
		return err
	}
	limited := 0
	for i := range 8 {
		if err := guess("203.0.113.5"); problem.Is(err, problem.RateLimited) {
			limited++
		} else if wantKind(t, err, problem.Unauthenticated, ""); i >= 5 {
			t.Errorf("guess %d was looked at", i+1)
		}
	}
	if limited != 3 {
		t.Errorf("%d of 8 guesses were slowed", limited)
	}
	// The right password is not looked at either, from there; elsewhere it is.
	right := account.Credentials{Mail: "admin@example.org", Password: password}
	_, err := b.SignIn(b.from("203.0.113.5"), right)
	wantKind(t, err, problem.RateLimited, "")
	if _, err := b.SignIn(b.from("192.0.2.1"), right); err != nil {
		t.Error(err)
	}
	// After the wait it is, and refused knocks did not prolong it.
	b.clock.pass(3 * time.Second)
	if _, err := b.SignIn(b.from("203.0.113.5"), right); err != nil {
		t.Error(err)
	}
	// Many addresses exhaust the account for unknown browsers, not for one that the person used before.
	for i := range 60 {
		_ = guess(fmt.Sprintf("198.51.100.%d", i))
	}
	_, err = b.SignIn(b.from("192.0.2.77"), right)
	wantKind(t, err, problem.RateLimited, "")
	known := right
	known.Device = in.Device
	if _, err := b.SignIn(b.from("192.0.2.77"), known); err != nil {
		t.Errorf("the person is locked out: %v", err)
	}
	// A device cookie of someone else is none.
	other := b.join("member@example.org", access.Viewer)
	known.Device = other.Device
	_, err = b.SignIn(b.from("192.0.2.77"), known)
	wantKind(t, err, problem.RateLimited, "")
}

func TestUnknownAccountsAnswerAlike(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.admin()
	_, wrong := b.SignIn(b.from("192.0.2.1"), account.Credentials{Mail: "admin@example.org", Password: "wrong wrong wrong"})
	_, unknown := b.SignIn(b.from("192.0.2.1"), account.Credentials{Mail: "nobody@example.org", Password: "wrong wrong wrong"})
	if wrong == nil || unknown == nil || wrong.Error() != unknown.Error() {
		t.Errorf("a known account answers %v, an unknown one %v", wrong, unknown)
	}
	for _, mail := range []string{"admin@example.org", "nobody@example.org", "\x00"} {
		if err := b.AskReset(b.from("192.0.2.1"), mail); err != nil {
			t.Errorf("%q: %v", mail, err)
		}
	}
}

func TestAResetLinkServesOnceAndForAnHour(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	ctx := b.from("192.0.2.1")
	link, err := b.ResetLink(ctx, in.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Reset(ctx, secretOf(t, link), "tooshort")
	wantKind(t, err, problem.Invalid, "body.password too_short")
	if _, err := b.Reset(ctx, secretOf(t, link), "another four words here 9"); err != nil {
		t.Fatal(err)
	}
	_, err = b.Reset(ctx, secretOf(t, link), "yet another four words 9")
	wantKind(t, err, problem.NotFound, "")
	if link, err = b.ResetLink(ctx, in.Person.ID); err != nil {
		t.Fatal(err)
	}
	b.clock.pass(time.Hour + time.Second)
	_, err = b.Reset(ctx, secretOf(t, link), "yet another four words 9")
	wantKind(t, err, problem.NotFound, "")
	if _, err := b.SignIn(ctx, account.Credentials{Mail: "admin@example.org", Password: "another four words here 9"}); err != nil {
		t.Error(err)
	}
}

func TestChangingThePasswordKeepsThisSessionAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	here := b.admin()
	there, err := b.SignIn(b.from("192.0.2.2"), account.Credentials{Mail: "admin@example.org", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	ctx := b.as(here.Cookie)
	wantKind(t, b.ChangePassword(ctx, "wrong", "another four words here 9"), problem.Invalid, "body.current wrong")
	if err := b.ChangePassword(ctx, password, "another four words here 9"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Authenticate(ctx, here.Cookie); err != nil {
		t.Error(err)
	}
	_, _, err = b.Authenticate(ctx, there.Cookie)
	wantKind(t, err, problem.Unauthenticated, "")
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one := b.admin()
	two := b.join("member@example.org", access.Admin)
	role := access.Viewer
	var wait sync.WaitGroup
	results := make(chan error, 2)
	for _, id := range []int64{one.Person.ID, two.Person.ID} {
		wait.Go(func() {
			_, err := b.ChangePerson(t.Context(), id, account.PersonChange{Role: &role})
			results <- err
		})
	}
	wait.Wait()
	close(results)
	refused := 0
	for err := range results {
		if err != nil {
			wantKind(t, err, problem.Conflict, "")
			refused++
		}
	}
	if n := b.count(`select count(*) from users where role = 'admin'`); n != 1 || refused != 1 {
		t.Errorf("%d admins left, %d refused", n, refused)
	}
}
