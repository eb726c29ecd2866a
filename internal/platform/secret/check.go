package secret

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// minLength is how many characters a signing or encryption key has at least.
const minLength = 32

// check looks at the values wherever they come from: what a template or the guide's commands left unreplaced, and keys that are too
// short. A key that is absent is a fault only where the secret should hold it; commands ask for what they need (Need).
func check(vars map[string]string, fromSecret bool) error {
	var faults []error
	for _, key := range required {
		value := strings.TrimSpace(vars[key])
		switch seen := placeholder(key, value); {
		case seen != "":
			faults = append(faults, failure(fmt.Errorf("%s still holds the placeholder %s", key, seen), fill(key, seen)))
		case value == "" && fromSecret:
			faults = append(faults, failure(fmt.Errorf("the secret has no %s", key), fill(key, "")))
		case value != "" && key != "DATABASE_URL" && utf8.RuneCountInString(value) < minLength:
			faults = append(faults, short(key))
		}
	}
	if value := strings.TrimSpace(vars["ENCRYPTION_KEY_PREVIOUS"]); value != "" && utf8.RuneCountInString(value) < minLength {
		faults = append(faults, short("ENCRYPTION_KEY_PREVIOUS"))
	}
	return errors.Join(faults...)
}

// Need reports the keys, JWT_SECRET and ENCRYPTION_KEY, without which a server that others can reach must not start.
func Need(jwtSecret, encryptionKey string) error {
	var faults []error
	if jwtSecret == "" {
		faults = append(faults, short("JWT_SECRET"))
	}
	return errors.Join(append(faults, NeedEncryptionKey(encryptionKey))...)
}

// NeedEncryptionKey reports that there is no key to seal with.
func NeedEncryptionKey(key string) error {
	if key == "" {
		return short("ENCRYPTION_KEY")
	}
	return nil
}

func short(key string) *problem.Error {
	return problem.New(problem.Unavailable, "%s must be at least %d characters", key, minLength).Remediable("%s", fill(key, ""))
}

// fill says how a value is made and where it goes.
func fill(key, seen string) string {
	then := "in Secrets Manager, then force a new deployment of the backend (guide, steps 3 and 5); without Secrets Manager set the variable"
	switch {
	case seen == rdsEndpoint:
		return "single quotes keep the shell from filling in $RDS_ENDPOINT: write the stack's output RDSEndpoint there, update the value " + then
	case key == "DATABASE_URL" && seen != "":
		return "write the password that was given as DBPassword when the stack was created in its place, update the value " + then
	case key == "DATABASE_URL":
		return "set it to postgres://user:password@host:5432/threatwerk?sslmode=require " + then
	case key == "JWT_SECRET":
		return "make one with: openssl rand -base64 48; set it " + then
	case key == "ENCRYPTION_KEY_PREVIOUS":
		return "it is the ENCRYPTION_KEY before the current one; leave it out once threatwerk reseal has run"
	}
	return "make one with: openssl rand -base64 32; set it " + then
}

const rdsEndpoint = "$RDS_ENDPOINT"

// marks are what templates write where a person has to fill in something; compared without case.
var marks = []string{"REPLACE_ME", "REPLACE-ME", "REPLACEME", "CHANGE_ME", "CHANGE-ME", "CHANGEME", "PLACEHOLDER", "$(OPENSSL"}

// placeholder finds what nobody replaced; "" when there is nothing. The answer is a fixed word, never a part of the value.
func placeholder(key, value string) string {
	if key == "DATABASE_URL" {
		return databasePlaceholder(value)
	}
	upper := strings.ToUpper(value)
	for _, mark := range marks {
		if strings.Contains(upper, mark) {
			return mark
		}
	}
	return ""
}

// databasePlaceholder looks at the parts of the connection string where a person has to fill in something, so that a database
// whose name contains such a word is not refused.
func databasePlaceholder(value string) string {
	if strings.Contains(value, rdsEndpoint) || strings.Contains(value, "${RDS_ENDPOINT}") {
		return rdsEndpoint
	}
	password, host := value, ""
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		password, _ = u.User.Password()
		host = u.Hostname()
	}
	switch {
	case password == "MASTER_PASSWORD" || password == "YOUR_MASTER_PASSWORD" || strings.Contains(password, ":MASTER_PASSWORD@") ||
		strings.Contains(password, "password=MASTER_PASSWORD"):
		return "MASTER_PASSWORD"
	case strings.EqualFold(host, "RDS_ENDPOINT"):
		return rdsEndpoint
	}
	for _, mark := range marks {
		if strings.Contains(strings.ToUpper(password), mark) {
			return mark
		}
	}
	return ""
}
