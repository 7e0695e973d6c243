"""The questionnaire after an event: what is asked, who may answer, and a summary in which nobody can be found.

How anonymity towards the organiser is kept, in one place:

- That somebody answered (EvaluationTurn) and what was answered (EvaluationSheet) have no link, no time and no journal entry.
  The turns of all participants are made together; sheets have random ids.
- There is one summary, and it appears once: when the questionnaire has closed, from five answers up. Before, only numbers
  of answers are told. So nobody can compare a summary of before somebody's answer with one of after it. A questionnaire
  whose summary was shown does not open again, and what moves the event does not move its questionnaire once it is answered.
- A question that fewer than five people answered is not shown, and not how many they were.
- Texts stand in the order of the alphabet, each question by itself: neither when they came nor which belong together is told.
- There is no list of single sheets, no filter and no breakdown, on no page, in no file and not in the API.
- Questions stay as they are from the first answer on, so that none can be added for those who are still to come.
- Whether somebody answered is shown to the organiser only where the terms make the certificate depend on it. The
  participant is told so before they answer, and terms cannot begin to need it after the first answer.
"""
