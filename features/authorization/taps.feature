# Cards as people use them: twice, too early, at the wrong moment. Every card gets an answer.
Feature: Taps

  Background:
    Given a charger that asks for a token

  Scenario: A driver who is not sure taps twice, and charges
    When the driver plugs in
    And 2 s pass
    And the card 04CA2D01 is held to the reader
    And 2 s pass
    And the card 04CA2D01 is held to the reader
    Then within 1 s the card 04CA2D01 is refused
    And within 1 s the panel says "this card has just begun"
    And for 60 s the contactor stays closed
    When the card 04CA2D01 is held to the reader
    Then within 10 s the contactor opens

  Scenario: A driver who is not sure taps twice to end, and the session stays ended
    Given a car is charging
    When the card 04CA2D01 is held to the reader
    And 2 s pass
    And the card 04CA2D01 is held to the reader
    Then within 1 s the panel says "this card has just ended the session"
    And within 10 s the contactor opens
    And for 2 min the contactor stays open
    And the session event TransactionStarted was seen exactly once

  Scenario: A charger whose cards undo at once
    Given a charger with the configuration
      """
      [authorization]
      second_tap_s = 0
      """
    And a car is charging
    When the card 04CA2D01 is held to the reader
    And 1 s pass
    And the card 04CA2D01 is held to the reader
    Then within 15 s the session event TransactionFinished is seen
    And within 15 s the contactor closes
    And the session event TransactionStarted was seen 2 times

  Scenario: Another driver's card starts the car again that was stopped
    Given the CSMS says Accepted to the card 04B0B0B0
    And a car is charging
    When the card 04CA2D01 is held to the reader
    Then within 5 s the panel shows Finished
    And within 5 s the lock frees the plug
    When 20 s pass
    And the card 04B0B0B0 is held to the reader
    Then within 10 s the contactor closes
    And the plug was never free under power
    And the CSMS received exactly 1 TransactionEvent where
      | eventType       | Started    |
      | idToken.idToken | 04B0B0B0   |
      | triggerReason   | Authorized |
    And the session event SessionStarted was seen exactly once
    And the sequence numbers have no gap

  Scenario: The same card starts the car again that it stopped
    Given a car is charging
    When the card 04CA2D01 is held to the reader
    And 20 s pass
    And the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes
    When 10 min pass
    And the driver unplugs
    And 3 s pass
    Then the CSMS received exactly 2 TransactionEvent where
      | eventType       | Started  |
      | idToken.idToken | 04CA2D01 |
    And the energy balance closes within 0.1 %

  Scenario: A car that was stopped is started again by the CSMS
    Given a car is charging
    When the CSMS requests a stop
    And 30 s pass
    And the CSMS requests a start for the card 04CA2D01
    Then within 5 s the charger answers RequestStartTransaction with Accepted
    And within 30 s the contactor closes
    And within 1 s the CSMS received TransactionEvent where
      | eventType                     | Started     |
      | triggerReason                 | RemoteStart |
      | transactionInfo.remoteStartId | 77          |

  Scenario: A car that sleeps after it was stopped is woken by the next session
    Given the car "features/authorization/sleeper.toml"
    And a car is charging
    When the card 04CA2D01 is held to the reader
    And 30 min pass
    And the card 04CA2D01 is held to the reader
    Then within 60 s the contactor closes

  Scenario: A strange card at a finished car starts nothing
    Given a car is charging
    When the card 04CA2D01 is held to the reader
    And 20 s pass
    And the card STRANGER is held to the reader
    Then within 5 s the card STRANGER is refused
    And within 1 s the panel says "the CSMS answered"
    And for 60 s the contactor stays open
    And within 1 s the panel shows Finished

  Scenario: Whoever taps while a session ends is next
    Given the CSMS says Accepted to the card 04B0B0B0
    And a car is charging that ignores the PWM
    When the card 04CA2D01 is held to the reader
    And 2 s pass
    And the card 04B0B0B0 is held to the reader
    Then within 1 s the panel says "your session begins when this one has ended"
    And within 15 s the CSMS received TransactionEvent where
      | eventType                     | Ended |
      | transactionInfo.stoppedReason | Local |
    And within 5 s the CSMS received TransactionEvent where
      | eventType       | Started  |
      | idToken.idToken | 04B0B0B0 |

  Scenario: Two cards at the same time
    Given the CSMS takes 15 s to authorize
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    And 8 s pass
    And the card 04CA2D01 is held to the reader
    Then within 1 s the panel says "this card is being checked already"
    When the card 04B0B0B0 is held to the reader
    Then within 1 s the panel says "another card is being checked"
    And within 15 s the contactor closes

  Scenario: A card at an outlet with a fault
    When the driver plugs in
    And the control pilot is shorted to earth
    And 1 s pass
    And the card 04CA2D01 is held to the reader
    Then within 1 s the card 04CA2D01 is refused
    And for 60 s the contactor stays open

  Scenario: A refused card is on the panel, and then it is not
    Given the CSMS says Blocked to the card 04CA2D09
    When the driver plugs in
    And the card 04CA2D09 is held to the reader
    Then within 2 s the panel shows Refused
    And within 1 s the panel says "the CSMS answered Blocked"
    And within 12 s the panel shows PresentToken

  Scenario: A phone that draws a fresh number at each tap is told why it cannot charge
    Given the CSMS says Accepted to the card 08A1B2C3
    When the driver plugs in
    And the card 08A1B2C3 is held to the reader
    Then within 1 s the card 08A1B2C3 is refused
    And within 1 s the panel says "another number at each tap"
    And for 60 s the contactor stays open
    And for 1 s the CSMS receives no Authorize
    # A number of seven bytes is the card's own, whatever it begins with.
    When the card 08A1B2C3D4E5F6 is held to the reader
    Then within 2 s the CSMS received Authorize where
      | idToken.idToken | 08A1B2C3D4E5F6 |
