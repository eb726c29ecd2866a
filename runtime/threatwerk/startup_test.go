package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/internal/testkit/awsfake"
)

const secretARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:threatwerk-production-AbCdEf"

// failedStart runs serve in an environment of its own until it gives up, and reads its log.
func failedStart(t *testing.T, binary string, env ...string) []map[string]any {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary, "serve")
	cmd.Env = append([]string{"LISTEN_ADDR=127.0.0.1:0", "DATABASE_WAIT=1s", "INTEL_POLL_MODE=scheduled-task", "MIGRATIONS_DIR=" + filepath.Join(testkit.Root(), "migrations")}, env...)
	cmd.Stderr = &log
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != exitError {
		t.Fatalf("serve ended with %v, want exit code %d:\n%s", err, exitError, &log)
	}
	var lines []map[string]any
	for text := range strings.Lines(log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("not a line of JSON: %q", text)
		}
		lines = append(lines, line)
	}
	return lines
}

// silent accepts connections and says nothing, as a port behind a closed security group never answers.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// TestTheGuidesLogLines makes each failure of the deployment guide's troubleshooting table (12.1) by its cause.
func TestTheGuidesLogLines(t *testing.T) {
	binary := build(t)
	holding := func(text string) []string {
		fake := awsfake.New(t, "secretsmanager", func(awsfake.Request) awsfake.Answer {
			return awsfake.Answer{Body: map[string]any{"SecretString": text}}
		})
		return append(fake.Environment("SECRETS_MANAGER"), "SECRETS_MANAGER_ARN="+secretARN)
	}
	secretText := func(database, jwt string) string {
		return `{"DATABASE_URL":"` + database + `","JWT_SECRET":"` + jwt + `","ENCRYPTION_KEY":"an-encryption-key-of-more-than-32-chars"}`
	}
	const long = "a-signing-secret-of-more-than-32-characters"
	denied := awsfake.New(t, "secretsmanager", func(awsfake.Request) awsfake.Answer {
		return awsfake.Answer{Error: "AccessDeniedException", Message: "User: x is not authorized to perform: secretsmanager:GetSecretValue on resource: " + secretARN}
	})
	unlicensed := awsfake.New(t, "license-manager", func(awsfake.Request) awsfake.Answer {
		return awsfake.Answer{Error: "AccessDeniedException", Message: "User: x is not authorized to perform: license-manager:CheckoutLicense on resource: *"}
	})
	for _, c := range []struct {
		what                   string
		env                    []string
		message, cause, remedy string
	}{
		{"the role lacks the permission", append(denied.Environment("SECRETS_MANAGER"), "SECRETS_MANAGER_ARN="+secretARN),
			"failed to resolve secrets", "AccessDeniedException", "secretsmanager:GetSecretValue"},
		{"the guide's step 3 with nothing replaced", holding(secretText("postgres://masteruser:MASTER_PASSWORD@$RDS_ENDPOINT:5432/threatwerk?sslmode=require", long)),
			"failed to resolve secrets", "$RDS_ENDPOINT", "RDSEndpoint"},
		{"the password not replaced", holding(secretText("postgres://masteruser:MASTER_PASSWORD@db:5432/threatwerk?sslmode=require", long)),
			"failed to resolve secrets", "MASTER_PASSWORD", "DBPassword"},
		{"a short secret", holding(secretText("postgres://masteruser:hunter2@db:5432/threatwerk?sslmode=require", "short")),
			"JWT_SECRET must be at least 32 characters", "", "openssl rand -base64 48"},
		{"no secret at a public address", []string{"APP_URL=https://threatwerk.example.org", "DATABASE_URL=postgres://u:hunter2@db/x"},
			"JWT_SECRET must be at least 32 characters", "", "openssl rand -base64 48"},
		{"a closed security group", holding(secretText("postgres://masteruser:hunter2@"+silent(t)+"/threatwerk?sslmode=disable&connect_timeout=1", long)),
			"database not reachable", "", "security group"},
		{"the role lacks License Manager", append(unlicensed.Environment("LICENSE_MANAGER"), "LICENSE_PRODUCT_SKU=0f5c1a2b", "DATABASE_URL="+testkit.DatabaseURL(t)),
			"license validation failed", "AccessDeniedException", "license-manager:CheckoutLicense"},
	} {
		lines := failedStart(t, binary, c.env...)
		found := false
		for _, line := range lines {
			cause, _ := line["cause"].(string)
			remedy, _ := line["remedy"].(string)
			if line["msg"] == c.message && line["level"] == "error" && strings.Contains(cause, c.cause) && strings.Contains(remedy, c.remedy) {
				found = true
			}
		}
		if text, _ := json.Marshal(lines); !found || bytes.Contains(text, []byte("hunter2")) {
			t.Errorf("%s: no line %q (%s; %s), or a password, in:\n%s", c.what, c.message, c.cause, c.remedy, text)
		}
	}
}

// TestTheLicenceIsCheckedInAtTheEnd runs the whole server on secrets and a licence from AWS.
func TestTheLicenceIsCheckedInAtTheEnd(t *testing.T) {
	database := testkit.DatabaseURL(t)
	text, err := json.Marshal(map[string]string{
		"DATABASE_URL": database, "JWT_SECRET": "a-signing-secret-of-more-than-32-characters", "ENCRYPTION_KEY": "an-encryption-key-of-more-than-32-chars",
	})
	if err != nil {
		t.Fatal(err)
	}
	secrets := awsfake.New(t, "secretsmanager", func(awsfake.Request) awsfake.Answer {
		return awsfake.Answer{Body: map[string]any{"SecretString": string(text)}}
	})
	licences := awsfake.New(t, "license-manager", func(r awsfake.Request) awsfake.Answer {
		if r.Target != "AWSLicenseManager.CheckoutLicense" {
			return awsfake.Answer{Body: map[string]any{}}
		}
		return awsfake.Answer{Body: map[string]any{
			"LicenseConsumptionToken": "token-1", "EntitlementsAllowed": r.Body["Entitlements"], "Expiration": time.Now().UTC().Add(time.Hour).Format("2006-01-02T15:04:05"),
		}}
	})
	for _, pair := range append(append(secrets.Environment("SECRETS_MANAGER"), licences.Environment("LICENSE_MANAGER")...),
		"SECRETS_MANAGER_ARN="+secretARN, "DATABASE_URL=postgres://nobody:x@127.0.0.1:1/x", "LICENSE_MODE=aws_marketplace", "LICENSE_PRODUCT_SKU=0f5c1a2b",
		"MIGRATIONS_DIR="+filepath.Join(testkit.Root(), "migrations"), "JWT_SECRET=", "ENCRYPTION_KEY=") {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	s := start(t, build(t))
	var state struct{ Mode, Standing string }
	s.signedIn().get("/api/v1/license", &state)
	if state.Mode != "aws_marketplace" || state.Standing != "valid" {
		t.Errorf("%+v", state)
	}
	s.terminate()
	requests := licences.Requests()
	last := requests[len(requests)-1]
	if last.Target != "AWSLicenseManager.CheckInLicense" || last.Body["LicenseConsumptionToken"] != "token-1" {
		t.Errorf("the last word to License Manager was %+v", last)
	}
}
