package account_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// seated is a bench whose licence has so many seats.
func seated(t *testing.T, seats int) *bench {
	t.Helper()
	b := newBench(t)
	store, err := account.NewStore(b.pool, account.Config{
		Secret: []byte(secret), AppURL: "https://threatwerk.example.org", Mail: b.mail, Now: b.clock.now, Hash: cheap, Seal: plain{},
		Seat: func(taken int) error {
			if taken < seats {
				return nil
			}
			return problem.New(problem.Conflict, "All %d seats are taken.", seats)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Store = store
	return b
}

func TestFullSeatsLetNobodyInAndPutNobodyOut(t *testing.T) {
	t.Parallel()
	b := seated(t, 3)
	admin := b.admin()
	colleague := b.join("colleague@example.org", access.Analyst)
	invited, err := b.Invite(t.Context(), account.NewInvitation{Mail: "third@example.org", Role: access.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	// The open invitation keeps the last seat; asking the same person again needs no other.
	_, err = b.Invite(t.Context(), account.NewInvitation{Mail: "fourth@example.org", Role: access.Viewer})
	wantKind(t, err, problem.Conflict, "")
	if invited, err = b.Invite(t.Context(), account.NewInvitation{Mail: "Third@example.org", Role: access.Viewer}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.SaveSettings(t.Context(), account.Settings{Domains: []string{"example.net"}}); err != nil {
		t.Fatal(err)
	}
	for _, mail := range []string{"fourth@example.net", "unknown@example.net"} {
		_, err = b.Register(b.from("192.0.2.1"), account.Registration{Name: "Fourth", Mail: mail, Password: password})
		wantKind(t, err, problem.Conflict, "license seats_taken")
	}
	third, err := b.Register(b.from("192.0.2.1"), account.Registration{Name: "Third", Password: password, Invitation: secretOf(t, invited.Link)})
	if err != nil {
		t.Fatal(err)
	}
	// Whoever is in stays in, also when the licence shrinks, and whoever holds the database gets in.
	if _, err := b.OperatorLink(t.Context(), "operator@example.org", "Operator"); err != nil {
		t.Error(err)
	}
	for _, in := range []account.SignedIn{admin, colleague, third} {
		if _, _, err := b.Authenticate(b.from("192.0.2.1"), in.Cookie); err != nil {
			t.Error(err)
		}
	}
	if _, err := b.SignIn(b.from("192.0.2.1"), account.Credentials{Mail: "third@example.org", Password: password}); err != nil {
		t.Error(err)
	}
	// A seat that is given up is free; whoever gave it up needs one again.
	disabled, active := "disabled", "active"
	for _, id := range []int64{colleague.Person.ID, third.Person.ID} {
		if _, err := b.ChangePerson(t.Context(), id, account.PersonChange{Status: &disabled}); err != nil {
			t.Fatal(err)
		}
	}
	b.join("fourth@example.org", access.Viewer)
	_, err = b.ChangePerson(t.Context(), colleague.Person.ID, account.PersonChange{Status: &active})
	wantKind(t, err, problem.Conflict, "")
	if n, err := b.SeatsTaken(t.Context()); err != nil || n != 3 {
		t.Errorf("%d seats taken, %v", n, err)
	}
}

// People of a mail domain take their seat when their address is verified: until then they are anybody.
func TestUnverifiedAddressesTakeNoSeat(t *testing.T) {
	t.Parallel()
	b := seated(t, 2)
	b.admin()
	if _, err := b.SaveSettings(t.Context(), account.Settings{Domains: []string{"example.net"}}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		in := account.Registration{Name: "Somebody", Mail: fmt.Sprintf("p%d@example.net", i), Password: password}
		if _, err := b.Register(b.from("192.0.2.1"), in); err != nil {
			t.Fatal(err)
		}
	}
	verify := func(i int) error {
		return b.Verify(b.from("192.0.2.1"), secretOf(t, b.mail.last(t, "verify", fmt.Sprintf("p%d@example.net", i)).Link))
	}
	if err := verify(0); err != nil {
		t.Error(err)
	}
	wantKind(t, verify(1), problem.Conflict, "license seats_taken")
	disabled := "disabled"
	if _, err := b.ChangePerson(t.Context(), 2, account.PersonChange{Status: &disabled}); err != nil {
		t.Fatal(err)
	}
	if err := verify(1); err != nil {
		t.Errorf("the link does not serve once there is a seat: %v", err)
	}
}

func TestTheLastSeatIsTakenOnce(t *testing.T) {
	t.Parallel()
	b := seated(t, 4)
	b.admin()
	var wait sync.WaitGroup
	results := make(chan error, 20)
	for i := range 20 {
		wait.Go(func() {
			_, err := b.Invite(b.t.Context(), account.NewInvitation{Mail: fmt.Sprintf("p%d@example.org", i), Role: access.Viewer})
			results <- err
		})
	}
	wait.Wait()
	close(results)
	invited := 0
	for err := range results {
		if err == nil {
			invited++
		} else {
			wantKind(t, err, problem.Conflict, "")
		}
	}
	if invited != 3 {
		t.Errorf("%d were invited to 3 seats", invited)
	}
}

// A reset link makes its browser known: attempts of others at the account, which hold up unknown browsers, do not hold it up.
func TestNobodyIsLockedOutByOthersAttempts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	for i := range 70 {
		_, _ = b.SignIn(b.from(fmt.Sprintf("198.51.100.%d", i)), account.Credentials{Mail: in.Person.Mail, Password: "wrong wrong wrong"})
		if i%10 == 0 { // nor by asking for reset links in the person's name, however the address is written
			_ = b.AskReset(b.from(fmt.Sprintf("198.51.100.%d", i)), " "+in.Person.Mail)
		}
	}
	const fresh = "192.0.2.77"
	_, err := b.SignIn(b.from(fresh), account.Credentials{Mail: in.Person.Mail, Password: password})
	wantKind(t, err, problem.RateLimited, "")
	b.clock.pass(time.Minute)
	if err := b.AskReset(b.from(fresh), in.Person.Mail); err != nil {
		t.Fatalf("the person gets no link: %v", err)
	}
	next := "three quiet lanterns over 9 hills"
	device, err := b.Reset(b.from(fresh), secretOf(t, b.mail.last(t, "reset", in.Person.Mail).Link), next)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		_, _ = b.SignIn(b.from(fmt.Sprintf("203.0.113.%d", i)), account.Credentials{Mail: in.Person.Mail, Password: "wrong wrong wrong"})
	}
	if _, err := b.SignIn(b.from(fresh), account.Credentials{Mail: in.Person.Mail, Password: next, Device: device}); err != nil {
		t.Errorf("the person is locked out: %v", err)
	}
}

// Resets do the same for an address with and without account, but for the letter: the time that it takes tells nothing, and neither
// does the database to someone who counts.
func TestAResetForNobodyGoesTheSameWay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.admin()
	for _, mail := range []string{in.Person.Mail, "nobody@example.org"} {
		queued := len(b.mail.sent)
		if err := b.AskReset(b.from("192.0.2.1"), mail); err != nil {
			t.Fatal(err)
		}
		if n := len(b.mail.sent) - queued; n != 1 {
			t.Errorf("%s: %d letters were written", mail, n)
		}
	}
	if n := b.count(`select count(*) from audit_events where action = 'person.ask_reset'`); n != 2 {
		t.Errorf("%d attempts are on record", n)
	}
	if n := b.count(`select count(*) from one_time_tokens where kind = 'reset'`); n != 1 {
		t.Errorf("%d links are out", n)
	}
}
