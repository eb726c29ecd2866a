package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// A browser makes the good answers (see the browser tests); what is refused is refused here.
func TestPasskeyChallengesServeOnceAndTheirPersonAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.as(b.admin().Cookie)
	member := b.as(b.join("member@example.org", access.Viewer).Cookie)
	if !b.CanPasskeys() {
		t.Fatal("no passkeys at an address with a name")
	}
	c, err := b.BeginPasskey(admin)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"userVerification":"required"`, `"residentKey":"required"`, `"id":"threatwerk.example.org"`} {
		if !strings.Contains(string(c.Options), want) {
			t.Errorf("the options lack %s: %s", want, c.Options)
		}
	}
	_, err = b.FinishPasskey(admin, c.ID, "Key", []byte(`{}`))
	wantKind(t, err, problem.Unauthenticated, "")
	_, err = b.PasskeySignIn(member, c.ID, []byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`))
	wantKind(t, err, problem.Unauthenticated, "")
	if n := b.count(`select count(*) from passkeys`); n != 0 {
		t.Errorf("%d passkeys were kept", n)
	}
	b.clock.pass(6 * time.Minute)
	if _, err := b.BeginPasskeySignIn(admin); err != nil {
		t.Fatal(err)
	}
	if n := b.count(`select count(*) from ceremonies where kind = 'passkey'`); n != 0 {
		t.Errorf("%d old challenges are kept", n)
	}
	wantKind(t, b.RemovePasskey(admin, 1, "none"), problem.NotFound, "")
}

func TestAskingAllForASecondFactorNeedsOneFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.as(b.admin().Cookie)
	_, err := b.SaveSettings(admin, account.Settings{RequireSecondFactor: true})
	wantKind(t, err, problem.Conflict, "")
	b.exec(`insert into passkeys (id, user_id, name, credential) values ('\x01', 1, 'Key', '{}')`)
	if _, err := b.SaveSettings(admin, account.Settings{RequireSecondFactor: true}); err != nil {
		t.Fatal(err)
	}
	who, _, err := b.Authenticate(b.from("192.0.2.1"), b.join("member@example.org", access.Viewer).Cookie)
	if err != nil || !who.Due {
		t.Errorf("a person without one: due %v, %v", who.Due, err)
	}
}
