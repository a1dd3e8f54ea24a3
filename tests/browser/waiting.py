"""What a person does without thinking: waiting until the page has settled."""


def wait_until_still(page):
    """Until no script runs for this page; what is clicked or pressed before may be lost."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
