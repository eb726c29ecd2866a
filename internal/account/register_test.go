package account_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

func faultCodes(err error) string {
	var p *problem.Error
	if !errors.As(err, &p) {
		return ""
	}
	var codes []string
	for _, f := range p.Faults {
		codes = append(codes, f.Path+" "+f.Code)
	}
	return strings.Join(codes, ", ")
}

// TestOfManyFirstRegistrationsOneIsAdmin is the start of a product that many people are told of at once.
func TestOfManyFirstRegistrationsOneIsAdmin(t *testing.T) {
	t.Parallel()
	const servers, each = 4, 50
	address := testkit.DatabaseURL(t)
	now := &clock{at: time.Now()}
	var wait sync.WaitGroup
	start := make(chan struct{})
	results := make(chan error, servers*each)
	for server := range servers {
		pool, err := pg.Open(t.Context(), pg.Config{URL: address, MaxConns: 8})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		store := storeOn(t, pool, now, nil, secret)
		for i := range each {
			wait.Go(func() {
				<-start
				ctx := access.WithOrigin(t.Context(), access.Origin{Address: fmt.Sprintf("192.0.2.%d", i), RequestID: "r"})
				in, err := store.Register(ctx, account.Registration{
					Name: "Someone", Mail: fmt.Sprintf("p%d-%d@example.org", server, i), Password: password,
				})
				if err == nil && (in.Person.Role != access.Admin || in.Cookie == "") {
					err = fmt.Errorf("let in as %q", in.Person.Role)
				}
				results <- err
			})
		}
	}
	close(start)
	wait.Wait()
	close(results)
	admins := 0
	for err := range results {
		if err == nil {
			admins++
		} else if !problem.Is(err, problem.Forbidden) {
			t.Errorf("refused with %v", err)
		}
	}
	pool := testkitPool(t, address)
	var people, held int
	if err := pool.QueryRow(t.Context(), `select count(*), count(*) filter (where role = 'admin' and founder) from users`).Scan(&people, &held); err != nil {
		t.Fatal(err)
	}
	if admins != 1 || people != 1 || held != 1 {
		t.Errorf("%d were told that they are admin; %d people, %d founding admins", admins, people, held)
	}
}

func TestAnInvitationServesOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.admin()
	team, err := b.SaveTeam(t.Context(), 0, account.TeamInput{Name: "Blue"})
	if err != nil {
		t.Fatal(err)
	}
	first, err := b.Invite(t.Context(), account.NewInvitation{Mail: "member@example.org", Role: access.Analyst, TeamIDs: []int64{team.ID}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Invite(t.Context(), account.NewInvitation{Mail: "Member@Example.org", Role: access.Analyst, TeamIDs: []int64{team.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if sent := b.mail.last(t, "invitation", "Member@Example.org"); sent.Link != second.Link {
		t.Error("the mail has another link")
	}
	register := func(link string) (account.SignedIn, error) {
		return b.Register(b.from("192.0.2.9"), account.Registration{Name: "Member", Mail: "other@example.org", Password: password, Invitation: secretOf(t, link)})
	}
	_, err = register(first.Link)
	wantKind(t, err, problem.NotFound, "")
	var wait sync.WaitGroup
	results := make(chan error, 8)
	for range 8 {
		wait.Go(func() {
			in, err := register(second.Link)
			if err == nil && (in.Person.Mail != "Member@Example.org" || in.Person.Role != access.Analyst || strings.Join(in.Person.Teams, "") != "Blue") {
				t.Errorf("joined as %+v", in.Person)
			}
			results <- err
		})
	}
	wait.Wait()
	close(results)
	joined := 0
	for err := range results {
		if err == nil {
			joined++
		} else {
			wantKind(t, err, problem.NotFound, "")
		}
	}
	if joined != 1 {
		t.Errorf("one link let %d in", joined)
	}
	late, err := b.Invite(t.Context(), account.NewInvitation{Mail: "late@example.org", Role: access.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	b.clock.pass(7*24*time.Hour + time.Second)
	_, err = register(late.Link)
	wantKind(t, err, problem.NotFound, "")
	_, err = b.Invite(t.Context(), account.NewInvitation{Mail: "MEMBER@example.org", Role: access.Viewer})
	wantKind(t, err, problem.Conflict, "body.mail exists")
}

func TestAMailDomainMayRegister(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.admin()
	in := account.Registration{Name: "Guest", Mail: "guest@Example.net", Password: password}
	_, err := b.Register(b.from("192.0.2.2"), in)
	wantKind(t, err, problem.Forbidden, "")
	if _, err := b.SaveSettings(t.Context(), account.Settings{Domains: []string{" @Example.NET "}}); err != nil {
		t.Fatal(err)
	}
	for _, mail := range []string{"guest@notexample.net", "guest@example.net.evil.example", "guest@sub.example.net"} {
		_, err := b.Register(b.from("192.0.2.2"), account.Registration{Name: "Guest", Mail: mail, Password: password})
		wantKind(t, err, problem.Forbidden, "")
	}
	for range 2 { // the second time the address is known, and the answer the same
		out, err := b.Register(b.from("192.0.2.2"), in)
		if err != nil || out.Cookie != "" || out.Person.ID != 0 {
			t.Fatalf("answered %+v, %v", out, err)
		}
	}
	b.mail.last(t, "have_account", "guest@Example.net")
	_, err = b.SignIn(b.from("192.0.2.2"), account.Credentials{Mail: "guest@example.net", Password: password})
	wantKind(t, err, problem.Forbidden, "")
	link := b.mail.last(t, "verify", "guest@Example.net").Link
	if err := b.Verify(b.from("192.0.2.2"), secretOf(t, link)); err != nil {
		t.Fatal(err)
	}
	wantKind(t, b.Verify(b.from("192.0.2.2"), secretOf(t, link)), problem.NotFound, "")
	out, err := b.SignIn(b.from("192.0.2.2"), account.Credentials{Mail: "guest@example.net", Password: password})
	if err != nil || out.Person.Role != access.Viewer {
		t.Errorf("signed in as %+v, %v", out.Person, err)
	}
}

func TestWhatIsRefusedAtRegistration(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, tc := range map[string]struct{ person, mail, password, fault string }{
		"no name":     {" ", "a@example.org", password, "body.name length"},
		"no mail":     {"Admin", "a at example.org", password, "body.mail mail"},
		"two mails":   {"Admin", "a@example.org,b@example.org", password, "body.mail mail"},
		"header":      {"Admin", "a@example.org\r\nBcc: b@example.org", password, "body.mail mail"},
		"short":       {"Admin", "a@example.org", "xK7#qpZ!w2", "body.password too_short"},
		"common word": {"Admin", "a@example.org", "Password12345!", "body.password common"},
	} {
		_, err := b.Register(b.from("192.0.2.1"), account.Registration{Name: tc.person, Mail: tc.mail, Password: tc.password})
		if !problem.Is(err, problem.Invalid) || faultCodes(err) != tc.fault {
			t.Errorf("%s: %v (%s), want %s", name, err, faultCodes(err), tc.fault)
		}
	}
	if n := b.count(`select count(*) from users`); n != 0 {
		t.Errorf("%d accounts were made", n)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ password, code string }{
		{"correct horse battery staple", ""}, {"unrelated tulips ponder 7 gravel", ""}, {"xK7#qpZ!w2Vm", ""},
		{"ein langer Satz mit Umlauten: äöü", ""}, {"пароль из нескольких слов", ""}, {"vier blaue Lampen stehen", ""},
		{"p4ssw0rd2024!!", "common"}, {"passwordpassword", "common"}, {"qwertyuiop123", "common"}, {"123456789012", "common"},
		{"aaaaaaaaaaaaaa", "common"}, {"abcdefghijklmnop", "common"}, {"abababababab", "common"}, {"iloveyou1234567", "common"},
		{"Summer2025!Summer", "common"}, {"ThreatWerk2026!", "common"}, {"analyst1815duty", "common"}, {"Admin123456789", "common"},
		{"short", "too_short"}, {"elevenchars", "too_short"}, {strings.Repeat("long enough ", 11), "too_long"},
	} {
		f := account.CheckPassword("p", tc.password, "Duty Analyst", "duty@example.org")
		code := ""
		if f != nil {
			code = f.Code
		}
		if code != tc.code {
			t.Errorf("%q: %q, want %q", tc.password, code, tc.code)
		}
	}
}
