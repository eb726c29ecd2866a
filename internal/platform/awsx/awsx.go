// Package awsx is what calls to AWS services have in common: the configuration of a task, and the reasons for which calls fail,
// so that each service's package can name the remedy.
package awsx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
)

const (
	// callTimeout bounds one attempt of a call; attempts are how many there are, with growing pauses between them.
	callTimeout = 10 * time.Second
	attempts    = 3
)

// Load makes the configuration of a Region from the task's role or the usual variables, files and endpoints
// (AWS_ENDPOINT_URL_SECRETS_MANAGER and the like).
func Load(ctx context.Context, region string) (aws.Config, error) {
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithRetryMaxAttempts(attempts),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(callTimeout)))
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS configuration: %w", err)
	}
	return c, nil
}

// Reason is why a call failed.
type Reason string

// The reasons.
const (
	Denied        Reason = "denied"         // the role lacks a permission
	KeyDenied     Reason = "key denied"     // the role may not use the KMS key
	NoCredentials Reason = "no credentials" // there is no role, or what it gave is not accepted
	NotFound      Reason = "not found"      // the resource does not exist in this account and Region
	Throttled     Reason = "throttled"      // too many calls
	Refused       Reason = "refused"        // the service answered otherwise
	Unreachable   Reason = "unreachable"    // the service did not answer, or answered that it is broken
)

// Why finds the reason of a failed call. ctx having ended counts as Unreachable.
func Why(err error) Reason {
	var api smithy.APIError
	if !errors.As(err, &api) {
		if noCredentials(err) {
			return NoCredentials
		}
		return Unreachable
	}
	switch code := api.ErrorCode(); code {
	case "AccessDeniedException", "AccessDenied", "AuthorizationException", "UnauthorizedOperation":
		if mentionsKey(api.ErrorMessage()) {
			return KeyDenied
		}
		return Denied
	case "DecryptionFailure", "KMSAccessDeniedException":
		return KeyDenied
	case "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId",
		"MissingAuthenticationTokenException", "IncompleteSignatureException":
		return NoCredentials
	case "ResourceNotFoundException", "NotFoundException":
		return NotFound
	case "ThrottlingException", "TooManyRequestsException", "RateLimitExceededException", "LimitExceededException":
		return Throttled
	}
	var status interface{ HTTPStatusCode() int }
	if api.ErrorFault() == smithy.FaultServer || errors.As(err, &status) && status.HTTPStatusCode() >= http.StatusInternalServerError {
		return Unreachable
	}
	return Refused
}

// mentionsKey recognises how services say that the key, and not the resource, is out of bounds.
func mentionsKey(message string) bool {
	return strings.Contains(message, "kms:") || strings.Contains(message, "Access to KMS") || strings.Contains(message, "KMS key")
}

// noCredentials recognises the SDK's errors of the credential chain, which have no type of their own.
func noCredentials(err error) bool {
	text := err.Error()
	for _, words := range []string{"get identity", "failed to refresh cached credentials", "no EC2 IMDS role found", "static credentials are empty"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// Cause is a failed call in one short line for the log: the service's code and message where it answered, and otherwise what
// stood in the way. Request ids and the SDK's own framing are left out.
func Cause(err error) error {
	var api smithy.APIError
	var dns *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &api):
		return fmt.Errorf("%s: %s", api.ErrorCode(), oneLine(api.ErrorMessage()))
	case errors.As(err, &dns):
		return fmt.Errorf("the name %s is unknown here", dns.Name)
	}
	return errors.New(oneLine(err.Error()))
}

// PermissionIn is the action that an answer says is missing ("is not authorized to perform: x:Y on resource"), or otherwise.
func PermissionIn(err error, otherwise string) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		if m := perform.FindStringSubmatch(api.ErrorMessage()); m != nil {
			return m[1]
		}
	}
	return otherwise
}

var perform = regexp.MustCompile(`not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)`)

// lineRunes bounds what a service's answer may add to a line of the log.
const lineRunes = 300

func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > lineRunes {
		return string(runes[:lineRunes]) + "…"
	}
	return text
}
