using Microsoft.AspNetCore.Http.Features;

namespace PostalExporter.Web;

/// <summary>What every answer has in common, and the last resort for what goes wrong.</summary>
internal static class WebEdge
{
    /// <summary>The largest request body. No page reads one; a client may send a few bytes all the same.</summary>
    public const int LargestBodyBytes = 1024;

    /// <summary>Runs the rest; an exception is logged and becomes a plain 500 that tells nothing of the inside.</summary>
    public static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away: nobody to answer.
        }
        catch (BadHttpRequestException exception)
        {
            await WriteAsync(context, exception.StatusCode, "The request cannot be read.");
        }
        catch (Exception exception)
        {
            WebLog.RequestFailed(logger, context.Request.Path, exception);
            await WriteAsync(context, StatusCodes.Status500InternalServerError, "The page could not be made; the log of the exporter says why.");
        }
    }

    /// <summary>Refuses a request with a body that is too large, or does not say how large it is, before anything is done for it.</summary>
    public static Task RefuseBodyAsync(HttpContext context, RequestDelegate next)
    {
        // The server's own limit counts what is read of a body, and nobody reads it.
        var hasBody = context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody;
        if (!hasBody || context.Request.ContentLength <= LargestBodyBytes)
            return next(context);

        context.Response.Headers.Connection = "close";
        return WriteAsync(context, StatusCodes.Status413PayloadTooLarge, "No page takes a body.");
    }

    /// <summary>Answers what no route knows.</summary>
    public static Task NotFoundAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status404NotFound, "There is no such page.");

    /// <summary>Answers with a line of text.</summary>
    public static Task WriteAsync(HttpContext context, int status, string text)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Headers.ContentEncoding = default;
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
