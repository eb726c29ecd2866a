package secret

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit/awsfake"
)

const (
	name     = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:threatwerk-production-AbCdEf"
	jwt      = "a-signing-secret-of-more-than-32-characters"
	key      = "an-encryption-key-of-more-than-32-chars"
	database = "postgres://masteruser:hunter2@db.example:5432/threatwerk?sslmode=require"
	whole    = `{"DATABASE_URL":"` + database + `","JWT_SECRET":"` + jwt + `","ENCRYPTION_KEY":"` + key + `"}`
)

// answering resolves against a fake that answers with a secret's text.
func answering(t *testing.T, text string) Resolver {
	t.Helper()
	return against(awsfake.New(t, "secretsmanager", func(r awsfake.Request) awsfake.Answer {
		if r.Target != "secretsmanager.GetSecretValue" || r.Body["SecretId"] != name {
			t.Errorf("asked for %s of %v", r.Target, r.Body)
		}
		return awsfake.Answer{Body: map[string]any{"ARN": name, "Name": "threatwerk-production", "SecretString": text, "CreatedDate": 1.7e9}}
	}).Config())
}

func against(c aws.Config) Resolver {
	return Resolver{Config: func(_ context.Context, region string) (aws.Config, error) {
		c.Region = region
		return c, nil
	}}
}

// first is the failure that a log's first line is made of.
func first(t *testing.T, err error) *problem.Error {
	t.Helper()
	var p *problem.Error
	if !errors.As(err, &p) {
		t.Fatalf("%v is no problem", err)
	}
	if p.Remedy == "" {
		t.Errorf("%v has no remedy", err)
	}
	return p
}

func TestTheSecretWinsAndTheEnvironmentFillsIn(t *testing.T) {
	t.Parallel()
	r := answering(t, strings.TrimSuffix(whole, "}")+`,"NVD_API_KEY":" from secret\n","OTX_API_KEY":"","LISTEN_ADDR":":1","username":"masteruser","port":5432}`)
	got, err := r.Resolve(t.Context(), []string{
		"SECRETS_MANAGER_ARN=" + name, "AWS_REGION=us-east-1", "JWT_SECRET=from the environment", "NVD_API_KEY=from the environment",
		"OTX_API_KEY=from the environment", "GHSA_TOKEN=from the environment", "LOG_LEVEL=debug",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Resolved{
		Environ: []string{
			"SECRETS_MANAGER_ARN=" + name, "AWS_REGION=us-east-1", "OTX_API_KEY=from the environment", "GHSA_TOKEN=from the environment", "LOG_LEVEL=debug",
			"DATABASE_URL=" + database, "JWT_SECRET=" + jwt, "ENCRYPTION_KEY=" + key, "NVD_API_KEY=from secret",
		},
		Ignored: []string{"LISTEN_ADDR", "username"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutASecretTheEnvironmentCounts(t *testing.T) {
	t.Parallel()
	environ := []string{"DATABASE_URL=" + database, "JWT_SECRET=" + jwt, "SECRETS_MANAGER_ARN= "}
	got, err := Resolver{Config: func(context.Context, string) (aws.Config, error) {
		t.Error("AWS was asked")
		return aws.Config{}, nil
	}}.Resolve(t.Context(), environ)
	if err != nil || !slices.Equal(got.Environ, environ) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestABinarySecretIsRead(t *testing.T) {
	t.Parallel()
	r := against(awsfake.New(t, "secretsmanager", func(awsfake.Request) awsfake.Answer {
		return awsfake.Answer{Body: map[string]any{"SecretBinary": []byte(whole)}}
	}).Config())
	got, err := r.Resolve(t.Context(), []string{"SECRETS_MANAGER_ARN=" + name})
	if err != nil || !slices.Contains(got.Environ, "JWT_SECRET="+jwt) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAFailedCallIsToldWithItsRemedy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer        awsfake.Answer
		cause, remedy string
	}{
		{awsfake.Answer{Error: "AccessDeniedException", Message: "User: arn:aws:sts::123456789012:assumed-role/task/1 is not authorized to perform: secretsmanager:GetSecretValue on resource: " + name},
			"AccessDeniedException", "secretsmanager:GetSecretValue"},
		{awsfake.Answer{Error: "AccessDeniedException", Message: "Access to KMS is not allowed"}, "Access to KMS", "kms:Decrypt"},
		{awsfake.Answer{Error: "AccessDeniedException", Message: "User: x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:x"}, "kms:Decrypt", "kms:Decrypt"},
		{awsfake.Answer{Error: "DecryptionFailure", Message: "Secrets Manager can't decrypt the protected secret text."}, "DecryptionFailure", "kms:Decrypt"},
		{awsfake.Answer{Error: "ResourceNotFoundException", Message: "Secrets Manager can't find the specified secret."}, "ResourceNotFound", "SecretsManagerARN"},
		{awsfake.Answer{Error: "InvalidRequestException", Message: "You can't perform this operation on the secret because it was marked for deletion."}, "marked for deletion", "scheduled for deletion"},
		{awsfake.Answer{Error: "UnrecognizedClientException", Message: "The security token included in the request is invalid."}, "security token", "TaskRoleArn"},
		{awsfake.Answer{Error: "ThrottlingException", Message: "Rate exceeded"}, "Rate exceeded", "in a minute"},
		{awsfake.Answer{Status: 500, Error: "InternalServiceError", Message: "oops"}, "InternalServiceError", "does not answer"},
	} {
		r := against(awsfake.New(t, "secretsmanager", func(awsfake.Request) awsfake.Answer { return c.answer }).Config())
		_, err := r.Resolve(t.Context(), []string{"SECRETS_MANAGER_ARN=" + name, "AWS_REGION=eu-central-1"})
		p := first(t, err)
		if p.Message != "failed to resolve secrets" || !strings.Contains(p.Cause.Error(), c.cause) || !strings.Contains(p.Remedy, c.remedy) {
			t.Errorf("%s: %v", c.answer.Message, err)
		}
	}
}

func TestWhatIsNotThereIsToldWithItsRemedy(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	anonymous := awsfake.Config(closed.URL)
	anonymous.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("failed to refresh cached credentials, no EC2 IMDS role found")
	})
	for what, c := range map[string]struct {
		config        aws.Config
		environ       []string
		cause, remedy string
	}{
		"network":     {awsfake.Config(closed.URL), []string{"SECRETS_MANAGER_ARN=" + name}, "connection refused", "NAT gateway"},
		"unknown":     {awsfake.Config("http://secretsmanager.invalid"), []string{"SECRETS_MANAGER_ARN=" + name}, "unknown here", "NAT gateway"},
		"credentials": {anonymous, []string{"SECRETS_MANAGER_ARN=" + name}, "credentials", "TaskRoleArn"},
		"region":      {awsfake.Config(closed.URL), []string{"SECRETS_MANAGER_ARN=threatwerk"}, "AWS_REGION", "AWS_REGION"},
	} {
		_, err := against(c.config).Resolve(t.Context(), c.environ)
		p := first(t, err)
		if p.Message != "failed to resolve secrets" || !strings.Contains(p.Cause.Error(), c.cause) || !strings.Contains(p.Remedy, c.remedy) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestASecretThatIsNoneIsToldWithoutQuotingIt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "hunter2", `"hunter2"`, `["hunter2"]`, `{"JWT_SECRET":"hunter2`, "null",
		`{"JWT_SECRET":["hunter2"]}`, `{"JWT_SECRET":null}`, `{"DATABASE_URL":{"hunter2":1}}`, "{}",
	} {
		_, err := answering(t, text).Resolve(t.Context(), []string{"SECRETS_MANAGER_ARN=" + name})
		if p := first(t, err); p.Message != "failed to resolve secrets" || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPlaceholdersAndShortKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ variable, value, message, cause, remedy string }{
		{"DATABASE_URL", "postgres://masteruser:MASTER_PASSWORD@db.example:5432/threatwerk?sslmode=require", words, "MASTER_PASSWORD", "DBPassword"},
		{"DATABASE_URL", "postgres://masteruser:YOUR_MASTER_PASSWORD@db.example:5432/threatwerk", words, "MASTER_PASSWORD", "DBPassword"},
		{"DATABASE_URL", "postgres://masteruser:hunter2@$RDS_ENDPOINT:5432/threatwerk?sslmode=require", words, "$RDS_ENDPOINT", "RDSEndpoint"},
		{"DATABASE_URL", "postgres://masteruser:MASTER_PASSWORD@$RDS_ENDPOINT:5432/threatwerk?sslmode=require", words, "$RDS_ENDPOINT", "RDSEndpoint"},
		{"DATABASE_URL", "postgres://masteruser:hunter2@RDS_ENDPOINT:5432/threatwerk", words, "$RDS_ENDPOINT", "RDSEndpoint"},
		{"DATABASE_URL", "postgres://masteruser:REPLACE_ME@db:5432/threatwerk", words, "REPLACE_ME", "DBPassword"},
		{"DATABASE_URL", "host=db user=u password=MASTER_PASSWORD", words, "MASTER_PASSWORD", "DBPassword"},
		{"JWT_SECRET", "REPLACE_ME_WITH_AT_LEAST_32_CHARACTERS", words, "REPLACE_ME", "openssl rand -base64 48"},
		{"JWT_SECRET", "replace-me", words, "REPLACE-ME", "guide, steps 3 and 5"},
		{"JWT_SECRET", "'$(openssl rand -base64 48)'", words, "$(OPENSSL", "openssl rand -base64 48"},
		{"ENCRYPTION_KEY", "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME", words, "CHANGE_ME", "openssl rand -base64 32"},
		{"JWT_SECRET", strings.Repeat("x", 31), "JWT_SECRET must be at least 32 characters", "", "openssl rand -base64 48"},
		{"JWT_SECRET", strings.Repeat("x", 31) + " \n", "JWT_SECRET must be at least 32 characters", "", "openssl rand -base64 48"},
		{"ENCRYPTION_KEY", "short", "ENCRYPTION_KEY must be at least 32 characters", "", "openssl rand -base64 32"},
		{"ENCRYPTION_KEY_PREVIOUS", "short", "ENCRYPTION_KEY_PREVIOUS must be at least 32 characters", "", "reseal"},
	} {
		_, err := Resolver{}.Resolve(t.Context(), []string{c.variable + "=" + c.value})
		p := first(t, err)
		cause := ""
		if p.Cause != nil {
			cause = p.Cause.Error()
		}
		if p.Message != c.message || !strings.Contains(cause, c.cause) || !strings.Contains(p.Remedy, c.remedy) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s=%s: %v", c.variable, c.value, err)
		}
	}
}

func TestWhatOnlyLooksLikeAPlaceholderIsTaken(t *testing.T) {
	t.Parallel()
	_, err := Resolver{}.Resolve(t.Context(), []string{
		"DATABASE_URL=postgres://placeholder:MASTER_PASSWORD_2@changeme.example:5432/replace_me?sslmode=require", "JWT_SECRET=" + jwt, "ENCRYPTION_KEY=" + key,
	})
	if err != nil {
		t.Error(err)
	}
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := answering(t, `{"DATABASE_URL":"postgres://u:MASTER_PASSWORD@h/x","JWT_SECRET":"short"}`).Resolve(t.Context(), []string{"SECRETS_MANAGER_ARN=" + name})
	for _, want := range []string{"DATABASE_URL still holds", "JWT_SECRET must be at least 32 characters", "the secret has no ENCRYPTION_KEY"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in %v", want, err)
		}
	}
}

func TestNeed(t *testing.T) {
	t.Parallel()
	err := Need("", "")
	if err == nil || !strings.Contains(err.Error(), "JWT_SECRET must be at least 32 characters") || !strings.Contains(err.Error(), "ENCRYPTION_KEY must be at least 32 characters") {
		t.Error(err)
	}
	if err := Need(jwt, key); err != nil {
		t.Error(err)
	}
}
