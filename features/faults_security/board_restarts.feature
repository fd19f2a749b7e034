# A power board that starts again has forgotten everything, and its host must not believe what it told before: not where the bolt
# is, not which faults there are, not that the contactor has had its rest.
Feature: The power board starts again, or its link comes back, and the car stays or has gone

  Scenario Outline: The bolt never opens under power when a session ends and the next begins at once: <who>
    Given <who>
    And a car is charging
    When 60 s pass
    And the power board starts anew
    And 60 s pass
    Then the plug was never free under power

    Examples:
      | who                                  |
      | a charger where nobody needs a token |
      | a charger that asks for a token      |

  Scenario Outline: The next session begins while the bolt is on its way: a card after <after>
    Given a charger that asks for a token
    And a car is charging
    When 60 s pass
    And the power board starts anew
    And <after> pass
    And the card 04CA2D01 is held to the reader
    And 20 s pass
    Then the plug was never free under power
    And the contactor is closed

    Examples:
      | after  |
      | 30 ms  |
      | 100 ms |
      | 300 ms |

  Scenario: A contactor that opened under load rests, although the board does not remember it
    Given a charger where nobody needs a token
    And a car is charging
    When the power board starts anew
    Then within 200 ms the contactor opens
    And for 4500 ms the contactor stays open
    And within 5 s the contactor closes

  Scenario Outline: A fault that ended while the link was away is over: <fault>
    Given a charger where nobody needs a token
    And a car is charging
    When <fault>
    And 5 s pass
    And <link>
    And 10 s pass
    And <mend>
    And 1 s pass
    And the driver unplugs
    And 10 s pass
    And the link to the power board is back
    And 60 s pass
    Then within 1 s the connector is Available
    When the driver plugs in
    Then within 60 s the contactor closes

    Examples:
      | fault                                 | link                                | mend                             |
      | a residual current of 10 mA flows     | the link to the power board is lost | the residual current is gone     |
      | a residual current of 10 mA flows     | the power board says nothing        | the residual current is gone     |
      | the proximity wire breaks             | the link to the power board is lost | the proximity wire is mended     |
      | the control pilot is shorted to earth | the link to the power board is lost | the short to earth is gone       |
      | the diode in the car is shorted       | the link to the power board is lost | the diode in the car is mended   |
      | the contactor welds                   | the link to the power board is lost | the contactor is mended          |

  Scenario: A fault that lasts while the link is away is told again
    Given a charger where nobody needs a token
    And a car is charging
    When a residual current of 10 mA flows
    Then within 1 s the fault ResidualCurrent is detected
    When the link to the power board is lost
    And 10 s pass
    And the link to the power board is back
    And 20 s pass
    Then within 1 s the connector is Faulted
    And for 30 s the contactor stays open

  Scenario: A fault that the board has forgotten is over with the car
    Given a charger where nobody needs a token
    And a car is charging
    When a residual current of 10 mA flows
    And 5 s pass
    And the residual current is gone
    And the power board starts anew
    And 5 s pass
    And the driver unplugs
    And 10 s pass
    And the driver plugs in
    Then within 60 s the contactor closes

  Scenario: Who took too much has gone while the link was away, and the next one charges
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS sets a profile of 10 A
    And 20 s pass
    And the car draws 20 A whatever is offered
    Then within 10 s the fault OverCurrent is detected
    When 5 s pass
    And the link to the power board is lost
    And 10 s pass
    And the driver unplugs
    And 10 s pass
    And the link to the power board is back
    And 10 s pass
    And the driver plugs in
    Then within 60 s the contactor closes
