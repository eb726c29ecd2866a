// Package secret brings the product's secrets into its settings: from AWS Secrets Manager when SECRETS_MANAGER_ARN is set, and
// otherwise from environment variables of the same names. What the secret holds wins, since it is what is rotated; the environment
// fills in the rest.
//
// Its errors are start-up failures with the deployment guide's words, what was seen, and the remedy; none quotes a value.
package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/threatwerk/threatwerk/internal/platform/awsx"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// The variables that say where the secret is.
const (
	arnVariable    = "SECRETS_MANAGER_ARN"
	regionVariable = "AWS_REGION"
)

// keys are what is taken from the secret. Settings do not belong into it: a task's definition shows them, the secret hides them.
var keys = []string{
	"DATABASE_URL", "JWT_SECRET", "ENCRYPTION_KEY", "ENCRYPTION_KEY_PREVIOUS", "NVD_API_KEY", "GHSA_TOKEN", "OTX_API_KEY",
	"SMTP_USERNAME", "SMTP_PASSWORD", "LICENSE_TOKEN", "OIDC_CLIENT_SECRET",
}

// required are the keys that the guide says the secret has.
var required = []string{"DATABASE_URL", "JWT_SECRET", "ENCRYPTION_KEY"}

// resolveTimeout bounds the call with its retries: a task that cannot start should say so while somebody watches.
const resolveTimeout = 40 * time.Second

// words is what the log says, exactly, when secrets cannot be had.
const words = "failed to resolve secrets"

// Resolver fetches secrets. The zero value calls AWS.
type Resolver struct {
	// Config makes the configuration for a Region; nil: awsx.Load.
	Config func(ctx context.Context, region string) (aws.Config, error)
}

// Resolved is what came of it.
type Resolved struct {
	// Environ is the environment with the secret's values in place of variables of the same names.
	Environ []string
	// Ignored are keys of the secret that mean nothing here, such as settings; worth a warning.
	Ignored []string
}

// Resolve takes an environment as os.Environ gives it. Its error is a *problem.Error, or several joined.
func (r Resolver) Resolve(ctx context.Context, environ []string) (Resolved, error) {
	vars := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		vars[name] = value
	}
	out := Resolved{Environ: environ}
	name := strings.TrimSpace(vars[arnVariable])
	if name != "" {
		ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
		defer cancel()
		held, err := r.fetch(ctx, name, strings.TrimSpace(vars[regionVariable]))
		if err != nil {
			return Resolved{}, err
		}
		out = overlay(environ, held)
		for k, v := range held {
			vars[k] = v
		}
	}
	return out, check(vars, name != "")
}

// fetch reads the secret and gives its keys and values.
func (r Resolver) fetch(ctx context.Context, name, region string) (map[string]string, error) {
	if parsed, err := arn.Parse(name); err == nil && parsed.Region != "" {
		region = parsed.Region // a secret is read where it lies
	}
	if region == "" {
		return nil, failure(errors.New("AWS_REGION is not set"), "set AWS_REGION to the Region of the secret, such as eu-central-1")
	}
	load := r.Config
	if load == nil {
		load = awsx.Load
	}
	config, err := load(ctx, region)
	if err != nil {
		return nil, failure(err, "check the AWS_* variables of the task")
	}
	answer, err := secretsmanager.NewFromConfig(config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
	if err != nil {
		return nil, failure(awsx.Cause(err), remedy(err, name, region))
	}
	text := []byte(aws.ToString(answer.SecretString))
	if answer.SecretString == nil {
		text = answer.SecretBinary
	}
	return parse(text)
}

// remedy says what to do about a failed call.
func remedy(err error, name, region string) string {
	switch awsx.Why(err) {
	case awsx.Denied:
		return fmt.Sprintf("allow the task role the action %s on %s", awsx.PermissionIn(err, "secretsmanager:GetSecretValue"), name)
	case awsx.KeyDenied:
		return "the secret has a key of its own: allow the task role the action kms:Decrypt on that key"
	case awsx.NoCredentials:
		return "the task has no usable AWS credentials: set TaskRoleArn in the task definition, and let ecs-tasks.amazonaws.com assume the role"
	case awsx.NotFound:
		return fmt.Sprintf("no such secret in %s, or it has no value yet: compare SECRETS_MANAGER_ARN with the stack's output SecretsManagerARN", region)
	case awsx.Throttled:
		return "too many calls to Secrets Manager: start again in a minute"
	case awsx.Unreachable:
		return fmt.Sprintf("Secrets Manager in %s does not answer: check the NAT gateway and its route, or the VPC endpoint, and that the security group lets HTTPS out", region)
	}
	return "look at the secret in the console: it may be scheduled for deletion"
}

// parse reads the JSON object of the secret.
func parse(text []byte) (map[string]string, error) {
	const shape = `put a JSON object of texts into the secret, such as {"DATABASE_URL": "...", "JWT_SECRET": "...", "ENCRYPTION_KEY": "..."} (guide, step 3)`
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return nil, failure(errors.New("the secret is empty"), shape)
	}
	var raw map[string]json.RawMessage
	// What the decoder says may quote the text around the fault.
	if err := json.Unmarshal(text, &raw); err != nil || raw == nil {
		return nil, failure(errors.New("the secret is not a JSON object"), shape)
	}
	held := map[string]string{}
	for key, value := range raw {
		var s string
		if json.Unmarshal(value, &s) != nil || bytes.Equal(value, []byte("null")) {
			if slices.Contains(keys, key) {
				return nil, failure(fmt.Errorf("%s is not a text", key), shape)
			}
			continue
		}
		held[key] = strings.TrimSpace(s)
	}
	return held, nil
}

// overlay puts the secret's values over the environment. An empty value counts as absent, as it does in the environment.
func overlay(environ []string, held map[string]string) Resolved {
	var out Resolved
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !slices.Contains(keys, name) || held[name] == "" {
			out.Environ = append(out.Environ, pair)
		}
	}
	for _, key := range keys {
		if held[key] != "" {
			out.Environ = append(out.Environ, key+"="+held[key])
		}
	}
	for key := range held {
		if !slices.Contains(keys, key) {
			out.Ignored = append(out.Ignored, key)
		}
	}
	slices.Sort(out.Ignored)
	return out
}

func failure(cause error, remedy string) *problem.Error {
	return problem.Wrap(problem.Unavailable, cause, words).Remediable("%s", remedy)
}
